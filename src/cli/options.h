// What was typed, and what it means.
#pragma once

#include <visionshard/generate.h>
#include <visionshard/options.h>

#include <cstdint>
#include <optional>
#include <string>

namespace visionshard::cli {

enum class ProgressStyle { automatic, bar, plain, json, off };

struct Command {
  ConvertOptions convert;
  ProgressStyle progress = ProgressStyle::automatic;
  bool json_summary = false;
  bool quiet = false;
  std::optional<std::uint64_t> max_rejects;      // a number of lines
  std::optional<double> max_rejects_percent;     // of all lines that are not blank
};

struct GenerateCommand {
  GenerateOptions options;
  bool quiet = false;
};

// Neither command where the program is to end now.
struct Parsed {
  std::optional<Command> command;
  std::optional<GenerateCommand> generate;
  int exit_status = 0;
  std::string standard_output;
  std::string standard_error;
};

/// Reads the command line and the file --config names. Touches nothing else.
Parsed parse_command_line(int argc, const char* const* argv);

/// "10MB" is 10,000,000 and "10MiB" 10,485,760; nothing where the text is no size.
std::optional<std::uint64_t> parse_size(const std::string& text);

}  // namespace visionshard::cli
