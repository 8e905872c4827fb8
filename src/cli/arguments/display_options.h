// --progress, --quiet and --config.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "cli/terminal/progress.h"

namespace visionshard::cli {

struct ParsedDisplay {
  ProgressStyle progress = ProgressStyle::automatic;
  bool quiet = false;
  std::string config;  // Settings reads the file

  ProgressStyle style() const noexcept { return quiet ? ProgressStyle::off : progress; }
};

void define_display(CLI::App& app, ParsedDisplay& parsed, const char* group);

/// --config alone.
void define_config(CLI::App& app, std::string& config, const char* group);

}  // namespace visionshard::cli
