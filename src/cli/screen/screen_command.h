// The command line of visionshard-screen.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/arguments/display_options.h"
#include "cli/arguments/limit_options.h"
#include "cli/arguments/settings.h"
#include "screen/screen.h"

namespace visionshard::cli {

/// A program with one command: it is the program's.
class ScreenCommand {
 public:
  ScreenCommand();

  /// Reads the arguments, the environment and the file that --config names, and does what they ask for. Returns the
  /// exit status. To be called once.
  int run(int argc, const char* const* argv);

 private:
  std::string text_for_packages() const;
  std::string resolve();
  int screen_inputs() const;

  CLI::App app_;
  Settings settings_;
  ParsedLimits limits_;
  ParsedDisplay display_;
  std::string output_, page_, image_root_, store_;
  std::string completions_;
  bool json_ = false, manual_ = false;
  screen::ScreenOptions options_;
};

}  // namespace visionshard::cli
