// `visionshard generate`
#pragma once

#include <visionshard/generate.h>

#include <string>

#include "cli/commands/commands.h"

namespace visionshard::cli {

class GenerateCommand final : public Command {
 public:
  void define(CLI::App& app) override;
  std::string resolve() override;
  int run() const override;

  const GenerateOptions& options() const noexcept { return options_; }

 private:
  std::string output_, examples_, bytes_, seed_, photographs_, image_pool_, config_;
  Mix mix_ = Mix::photos;
  unsigned threads_ = 0;
  bool force_ = false, quiet_ = false;
  GenerateOptions options_;
};

}  // namespace visionshard::cli
