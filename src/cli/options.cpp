#include "cli/options.h"

#include <fmt/format.h>
#include <visionshard/version.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>

#include "cli/check_options.h"
#include "cli/completions.h"
#include "cli/convert_options.h"
#include "cli/definitions.h"
#include "cli/exit_status.h"
#include "cli/generate_options.h"
#include "cli/help_topics.h"
#include "cli/job_options.h"
#include "cli/manual.h"
#include "cli/profile_table.h"
#include "cli/settings.h"
#include "cli/suggestion.h"
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

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_positional()) return option->get_expected_max() > 1 ? " ..." : "";
    const std::string value = value_name(*option), &usual = option->get_default_str();
    return (value.empty() ? "" : " " + value) + (usual.empty() ? "" : "=" + usual);
  }
};

std::string help_of(CLI::App& app) {
  app.formatter(std::make_shared<HelpFormatter>());
  return app.help(app.get_parent() == nullptr ? "" : app.get_parent()->get_name(), CLI::AppFormatMode::Normal);
}

const char* environment(const char* name) { return std::getenv(name); }

// Gives `app`'s options what the environment and the file have for them; `config` is where --config is kept.
std::string complete(Settings& settings, CLI::App& app, const std::string& config) {
  if (std::string wrong = settings.apply_environment(app, environment); !wrong.empty()) return wrong;
  return config.empty() ? "" : settings.apply_file(app, config);
}

// From what a subcommand was given to what it is to do.
template <class Command, class Typed>
Parsed meant(CLI::App& app, const Typed& typed, const std::string& config) {
  Settings settings;
  if (const std::string wrong = complete(settings, app, config); !wrong.empty())
    return usage_error(wrong, app.get_name());
  Command command;
  if (const std::string wrong = meaning_of(typed, command); !wrong.empty()) return usage_error(wrong, app.get_name());
  Parsed parsed;
  parsed.command = std::move(command);
  parsed.standard_error = mistyped_variables(app, environ);
  return parsed;
}

// All commands with their options, and where what is typed goes.
struct CommandLine {
  CLI::App app{"Turns raw vision fine-tuning corpora into upload-ready shards, and says why of every line left out.",
               "visionshard"};
  TypedConvert typed_convert, typed_config;
  std::string topic;
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
  CLI::App* const config = app.add_subcommand("config", "what holds for convert, and where each setting comes from");
  CLI::App* const help = app.add_subcommand("help", "what no option's help has room for");
  // For those who make packages: --help does not name them.
  CLI::App* const manual = app.add_subcommand("manual", "print the man page, in roff")->group("");
  CLI::App* const completions = app.add_subcommand("completions", "print completions for a shell")->group("");

  CommandLine() {
    app.set_version_flag("--version", build_description);
    app.require_subcommand(1);
    define_convert(*convert, typed_convert);
    define_convert(*config, typed_config);
    config->footer("Takes the options of convert, prints a file for --config, and runs nothing.");
    help->add_option("TOPIC", topic, "a command or a topic");
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
        "More: visionshard COMMAND --help, visionshard help");
  }
};

std::vector<std::string> names_of(const std::vector<CLI::App*>& commands) {
  std::vector<std::string> names;
  for (const CLI::App* const command : commands)
    if (!command->get_group().empty()) names.push_back(command->get_name());
  return names;
}

// For the first option among the arguments that `command` does not have.
std::string suggestion_for(const CLI::App& command, int argc, const char* const* argv) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  for (int i = 1; i < argc; ++i) {
    const std::string typed = std::string(argv[i]).substr(0, std::string_view(argv[i]).find('='));
    if (typed.starts_with("--") && typed.size() > 2 && std::find(names.begin(), names.end(), typed) == names.end())
      return suggestion(typed, names);
  }
  return {};
}

Parsed help(CommandLine& line) {
  Parsed parsed;
  const auto commands = line.app.get_subcommands([](const CLI::App*) { return true; });
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const CLI::App* command) { return command->get_name() == line.topic; });
  if (line.topic.empty()) {
    CommandLine program;
    parsed.standard_output = help_of(program.app) + "\n" + topics_text();
  } else if (const auto text = help_on(line.topic)) {
    parsed.standard_output = *text;
  } else if (found != commands.end()) {
    parsed.standard_output = help_of(**found);
  } else {
    auto words = help_topics();
    for (const std::string& name : names_of(commands)) words.push_back(name);
    return usage_error(fmt::format("there is no topic '{}'{}", excerpt(line.topic), suggestion(line.topic, words)),
                       "help");
  }
  return parsed;
}

std::string completions_for(const std::string& shell, const DefinedProgram& program) {
  if (shell == "bash") return bash_completions(program);
  return shell == "zsh" ? zsh_completions(program) : fish_completions(program);
}

}  // namespace

std::optional<std::uint64_t> parse_size(const std::string& text) {
  std::uint64_t number = 0, fraction = 0, parts = 1;
  const char* const text_end = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), text_end, number);
  if (error != std::errc()) return std::nullopt;
  if (end != text_end && *end == '.') {
    const char* const begin = end + 1;
    const auto after = std::from_chars(begin, text_end, fraction);
    end = after.ptr;
    if (after.ec != std::errc() || end - begin > 6) return std::nullopt;
    for (auto digits = end - begin; digits > 0; --digits) parts *= 10;
  }
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
  if (unit == units.end()) return std::nullopt;
  const std::uint64_t rest = fraction * unit->second / parts;  // whole bytes; below 10^6 times 2^40 before
  if (number > (UINT64_MAX - rest) / unit->second) return std::nullopt;
  return number * unit->second + rest;
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
    return usage_error(
        fmt::format("there is no command '{}'{}", excerpt(argv[1]), suggestion(argv[1], names_of(commands))));
  Parsed parsed;
  const auto chosen = [&]() -> CLI::App* {
    const auto all = app.get_subcommands();
    return all.empty() ? nullptr : all.front();
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    parsed.standard_output = help_of(chosen() != nullptr ? *chosen() : app);
    return parsed;
  } catch (const CLI::CallForVersion& version) {
    parsed.standard_output = version.what();
    return parsed;
  } catch (const CLI::ParseError& error) {
    const CLI::App* const command = chosen() != nullptr ? chosen() : &app;
    // It may hold all that was typed.
    constexpr std::size_t max_bytes = 300;
    std::string what = error.what();
    if (what.size() > max_bytes) what = what.substr(0, max_bytes) + "...";
    return usage_error(what + suggestion_for(*command, argc, argv), command == &app ? "" : command->get_name());
  }
  if (line.help->parsed()) return help(line);
  if (line.config->parsed()) {
    Settings settings;
    if (const std::string wrong = complete(settings, *line.config, line.typed_config.display.config); !wrong.empty())
      return usage_error(wrong, "config");
    parsed.standard_output = settings.shown(*line.config);
    return parsed;
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
