// What was typed, and what it means.
#pragma once

#include <visionshard/check.h>
#include <visionshard/distribute.h>
#include <visionshard/generate.h>
#include <visionshard/options.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "cli/log_file.h"

namespace visionshard::cli {

enum class ProgressStyle { automatic, bar, plain, json, off };

/// What --max-rejects says.
struct RejectBound {
  std::optional<std::uint64_t> lines;
  std::optional<double> percent;  // of all lines that are not blank
};

struct ConvertCommand {
  ConvertOptions options;
  ProgressStyle progress = ProgressStyle::automatic;
  bool json = false;
  bool quiet = false;
  RejectBound max_rejects;
  std::string log_file;
  LogLevel log_level = LogLevel::info;
  std::string metrics;
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

struct PlanCommand {
  PlanOptions options;
  ProgressStyle progress = ProgressStyle::automatic;
};

struct TaskCommand {
  TaskOptions options;
  ProgressStyle progress = ProgressStyle::automatic;
  bool quiet = false;
};
struct MapCommand : TaskCommand {};
struct PackCommand : TaskCommand {};

struct StepCommand {
  std::string work;
  std::string missing;      // status: "map", "pack" or nothing
  std::uint64_t tasks = 0;  // status: 0 for as many as there are items
  bool json = false;
  bool quiet = false;
  bool sync = true;
};
struct StatusCommand : StepCommand {};
struct MergeCommand : StepCommand {};
struct SealCommand : StepCommand {};

struct Parsed {
  std::variant<std::monostate, ConvertCommand, CheckCommand, GenerateCommand, PlanCommand, MapCommand, StatusCommand,
               MergeCommand, PackCommand, SealCommand>
      command;  // none: the program is to end
  int exit_status = 0;
  std::string standard_output;
  std::string standard_error;
};

/// Reads the command line and the files that --config and --profile name. Touches nothing else.
Parsed parse_command_line(int argc, const char* const* argv);

/// A number of lines or a percentage with its sign, or nothing; one that the option's check let through.
RejectBound parse_reject_bound(const std::string& text);

/// "10MB" is 10,000,000 and "10MiB" 10,485,760; nothing where the text is no size.
std::optional<std::uint64_t> parse_size(const std::string& text);

}  // namespace visionshard::cli
