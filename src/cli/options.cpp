#include "cli/options.h"

#include <fmt/format.h>
#include <visionshard/version.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "cli/check_options.h"
#include "cli/completions.h"
#include "cli/config_file.h"
#include "cli/convert_options.h"
#include "cli/exit_status.h"
#include "cli/generate_options.h"
#include "cli/job_options.h"
#include "cli/manual.h"
#include "cli/profile_table.h"
#include "cli/summary.h"

namespace visionshard::cli {
namespace {

Parsed usage_error(std::string_view message, std::string_view command = {}) {
  Parsed parsed;
  parsed.exit_status = exit_usage;
  parsed.standard_error = fmt::format("visionshard: {}; see visionshard {}{}--help\n", printable(message), command,
                                      command.empty() ? "" : " ");
  return parsed;
}

// From what a subcommand was given to what it is to do.
template <class Command, class Typed>
Parsed meant(CLI::App& app, const Typed& typed, const std::string& config) {
  if (!config.empty())
    if (const std::string wrong = apply_config_file(app, config); !wrong.empty())
      return usage_error(wrong, app.get_name());
  Command command;
  if (const std::string wrong = meaning_of(typed, command); !wrong.empty()) return usage_error(wrong, app.get_name());
  Parsed parsed;
  parsed.command = std::move(command);
  return parsed;
}

// All commands with their options, and where what is typed goes.
struct CommandLine {
  CLI::App app{"Turns raw vision fine-tuning corpora into upload-ready shards, and says why of every line left out.",
               "visionshard"};
  TypedConvert typed_convert;
  TypedCheck typed_check;
  TypedGenerate typed_generate;
  TypedPlan typed_plan;
  TypedTask typed_map, typed_pack;
  TypedStep typed_status, typed_merge, typed_seal;
  std::string shell;

  CLI::App* const convert = app.add_subcommand("convert", "raw JSON Lines to shards that a provider accepts");
  CLI::App* const check = app.add_subcommand("check", "would the provider take it? looks, and writes nothing");
  CLI::App* const profiles = app.add_subcommand("profiles", "what each provider takes, and how to write your own");
  CLI::App* const generate = app.add_subcommand("generate", "a synthetic corpus for benchmarks, demos and tests");
  CLI::App* const plan = app.add_subcommand("plan", "many machines, 1: cut a job into parts");
  CLI::App* const map = app.add_subcommand("map", "many machines, 2: convert some of the parts");
  CLI::App* const merge = app.add_subcommand("merge", "many machines, 3: when all parts are there, lay the shards out");
  CLI::App* const pack = app.add_subcommand("pack", "many machines, 4: write some of the shards");
  CLI::App* const seal = app.add_subcommand("seal", "many machines, 5: when all shards are there, finish the folder");
  CLI::App* const status = app.add_subcommand("status", "many machines: what is done, and which tasks are missing");
  // For those who make packages: --help does not name them.
  CLI::App* const manual = app.add_subcommand("manual", "print the man page, in roff")->group("");
  CLI::App* const completions = app.add_subcommand("completions", "print completions for a shell")->group("");

  CommandLine() {
    app.set_version_flag("--version", build_description);
    app.require_subcommand(1);
    define_convert(*convert, typed_convert);
    define_check(*check, typed_check);
    define_generate(*generate, typed_generate);
    define_plan(*plan, typed_plan);
    define_map(*map, typed_map);
    define_merge(*merge, typed_merge);
    define_pack(*pack, typed_pack);
    define_seal(*seal, typed_seal);
    define_status(*status, typed_status);
    completions->add_option("SHELL", shell, "whose")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    app.footer(
        "Examples: visionshard convert raw.jsonl -o upload\n"
        "          visionshard check upload\n"
        "More: visionshard COMMAND --help");
  }
};

std::string completions_for(const std::string& shell, const DefinedProgram& program) {
  if (shell == "bash") return bash_completions(program);
  return shell == "zsh" ? zsh_completions(program) : fish_completions(program);
}

}  // namespace

std::optional<std::uint64_t> parse_size(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  static const std::map<std::string, std::uint64_t> units = {{"", 1},
                                                             {"B", 1},
                                                             {"KB", 1000},
                                                             {"kB", 1000},
                                                             {"MB", 1000'000},
                                                             {"GB", 1000'000'000},
                                                             {"TB", 1000'000'000'000},
                                                             {"KiB", 1ull << 10},
                                                             {"MiB", 1ull << 20},
                                                             {"GiB", 1ull << 30},
                                                             {"TiB", 1ull << 40}};
  const auto unit = units.find(std::string(end, text.data() + text.size()));
  if (unit == units.end() || number > UINT64_MAX / unit->second) return std::nullopt;
  return number * unit->second;
}

RejectBound parse_reject_bound(const std::string& text) {
  if (text.ends_with('%')) return {std::nullopt, std::stod(text)};
  return {parse_size(text), std::nullopt};
}

Parsed parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App& app = line.app;
  if (argc < 2) return usage_error("no command is given");
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  if (argv[1][0] != '-' && std::none_of(commands.begin(), commands.end(),
                                        [&](const CLI::App* command) { return command->check_name(argv[1]); }))
    return usage_error(fmt::format("there is no command '{}'", argv[1]));
  Parsed parsed;
  const auto chosen = [&]() -> CLI::App* {
    const auto all = app.get_subcommands();
    return all.empty() ? nullptr : all.front();
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    parsed.standard_output = (chosen() != nullptr ? chosen() : &app)->help("", CLI::AppFormatMode::Normal);
    return parsed;
  } catch (const CLI::CallForVersion& version) {
    parsed.standard_output = version.what();
    return parsed;
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what(), chosen() != nullptr ? chosen()->get_name() : std::string());
  }
  if (line.profiles->parsed()) {
    parsed.standard_output = profile_table();
    return parsed;
  }
  if (line.manual->parsed()) {
    parsed.standard_output = manual_page(definitions_of(app));
    return parsed;
  }
  if (line.completions->parsed()) {
    parsed.standard_output = completions_for(line.shell, definitions_of(app));
    return parsed;
  }
  if (line.generate->parsed())
    return meant<GenerateCommand>(*line.generate, line.typed_generate, line.typed_generate.config);
  if (line.check->parsed()) return meant<CheckCommand>(*line.check, line.typed_check, line.typed_check.display.config);
  if (line.plan->parsed())
    return meant<PlanCommand>(*line.plan, line.typed_plan, line.typed_plan.convert.display.config);
  if (line.map->parsed()) return meant<MapCommand>(*line.map, line.typed_map, line.typed_map.display.config);
  if (line.pack->parsed()) return meant<PackCommand>(*line.pack, line.typed_pack, line.typed_pack.display.config);
  if (line.status->parsed()) return meant<StatusCommand>(*line.status, line.typed_status, "");
  if (line.merge->parsed()) return meant<MergeCommand>(*line.merge, line.typed_merge, "");
  if (line.seal->parsed()) return meant<SealCommand>(*line.seal, line.typed_seal, "");
  return meant<ConvertCommand>(*line.convert, line.typed_convert, line.typed_convert.display.config);
}

}  // namespace visionshard::cli
