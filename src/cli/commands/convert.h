// `visionshard convert`
#pragma once

#include "cli/arguments/convert_options.h"
#include "cli/commands/commands.h"

namespace visionshard::cli {

class ConvertCommand final : public Command {
 public:
  void define(CLI::App& app) override;
  std::string resolve() override { return cli::resolve(parsed_, request_); }
  int run() const override;

  const ConvertRequest& request() const noexcept { return request_; }

 private:
  ParsedConvert parsed_;
  ConvertRequest request_;
};

}  // namespace visionshard::cli
