// What a command shows while it runs, and where its other options stand.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/options.h"

namespace visionshard::cli {

struct TypedDisplay {
  ProgressStyle progress = ProgressStyle::automatic;
  bool quiet = false;
  std::string config;
};

/// --progress, --quiet and --config.
void define_display(CLI::App& app, TypedDisplay& typed, const char* group);

}  // namespace visionshard::cli
