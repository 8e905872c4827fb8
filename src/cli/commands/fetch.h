// `visionshard fetch`
#pragma once

#include <visionshard/fetch.h>

#include <string>
#include <vector>

#include "cli/arguments/display_options.h"
#include "cli/commands/commands.h"

namespace visionshard::cli {

class FetchCommand final : public Command {
 public:
  void define(CLI::App& app) override;
  std::string resolve() override;
  int run() const override;

  const FetchOptions& options() const noexcept { return options_; }

 private:
  void define_politeness(CLI::App& app);
  void define_bounds(CLI::App& app);
  void define_network(CLI::App& app);
  std::string resolve_task();
  int verify() const;

  std::vector<std::string> inputs_;
  std::string max_body_, max_line_, memory_, task_, tasks_;
  ParsedDisplay display_;
  bool verify_ = false, no_sync_ = false, json_ = false;
  FetchOptions options_;
};

}  // namespace visionshard::cli
