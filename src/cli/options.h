// What was typed, and what it means.
#pragma once

#include <visionshard/check.h>
#include <visionshard/generate.h>
#include <visionshard/options.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace visionshard::cli {

enum class ProgressStyle { automatic, bar, plain, json, off };

struct ConvertCommand {
  ConvertOptions options;
  ProgressStyle progress = ProgressStyle::automatic;
  bool json = false;
  bool quiet = false;
  std::optional<std::uint64_t> max_rejects;   // a number of lines
  std::optional<double> max_rejects_percent;  // of all lines that are not blank
};

struct CheckCommand {
  CheckOptions options;
  ProgressStyle progress = ProgressStyle::automatic;
  bool json = false;
  bool list = false;
  bool quiet = false;
};

struct GenerateCommand {
  GenerateOptions options;
  bool quiet = false;
};

struct Parsed {
  std::variant<std::monostate, ConvertCommand, CheckCommand, GenerateCommand> command;  // none: the program is to end
  int exit_status = 0;
  std::string standard_output;
  std::string standard_error;
};

/// Reads the command line and the files that --config and --profile name. Touches nothing else.
Parsed parse_command_line(int argc, const char* const* argv);

/// "10MB" is 10,000,000 and "10MiB" 10,485,760; nothing where the text is no size.
std::optional<std::uint64_t> parse_size(const std::string& text);

}  // namespace visionshard::cli
