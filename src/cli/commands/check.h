// `visionshard check`
#pragma once

#include <visionshard/check.h>

#include <string>
#include <vector>

#include "cli/arguments/display_options.h"
#include "cli/arguments/limit_options.h"
#include "cli/commands/commands.h"

namespace visionshard::cli {

class CheckCommand final : public Command {
 public:
  void define(CLI::App& app) override;
  std::string resolve() override;
  int run() const override;

  const CheckOptions& options() const noexcept { return options_; }

 private:
  void print_finding(CheckJsonStream& stream, const Finding& finding) const;
  void print_report(CheckJsonStream& stream, const CheckReport& report) const;

  std::vector<std::string> inputs_;
  std::string image_root_, store_;
  ParsedLimits limits_;
  ParsedDisplay display_;
  ModelFamily model_ = ModelFamily::tiles;
  bool json_ = false, list_ = false;
  CheckOptions options_;
};

}  // namespace visionshard::cli
