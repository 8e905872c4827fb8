#include "cli/help/completions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace visionshard::cli {
namespace {

std::string escaped(std::string_view text, std::string_view specials) {
  std::string result;
  for (const char c : text) {
    if (specials.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

template <class Visit>
void each_option(const CommandSpec& command, Visit visit) {
  for (const OptionGroup& group : command.groups)
    for (const OptionSpec& option : group.options) visit(option);
}

std::string bash_option(const std::string& command, const OptionSpec& option) {
  std::string patterns;
  for (const std::string& name : option.names)
    patterns += fmt::format("{}{}:{}", patterns.empty() ? "" : " | ", command, name);
  const char* const files = option.takes_file ? "file" : option.takes_directory ? "directory" : "";
  return fmt::format("    {}) words=\"{}\" files={} ;;\n", patterns, fmt::join(option.choices, " "), files);
}

// In single quotes, with escapes for the characters that have a meaning for _arguments.
std::string zsh_quoted(std::string_view text) {
  std::string quoted;
  for (const char c : escaped(text, "\\[]:")) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted;
}

std::string zsh_action(const OptionSpec& option) {
  const std::string words = fmt::format("({})", fmt::join(option.choices, " "));
  const std::string files = option.takes_file ? "_files" : option.takes_directory ? "_files -/" : "";
  if (files.empty()) return option.choices.empty() ? " " : words;
  if (option.choices.empty()) return files;
  return fmt::format(R"( _alternative "words\:word\:{}" "files\:file\:{}")", words, files);
}

std::string zsh_option(const OptionSpec& option) {
  std::string what = fmt::format("[{}]", zsh_quoted(option.description));
  if (!option.value.empty()) what += fmt::format(":{}:{}", zsh_quoted(option.value), zsh_action(option));
  if (option.names.size() == 1) return fmt::format("'{}{}'", option.names[0], what);
  return fmt::format("'({})'{{{}}}'{}'", fmt::join(option.names, " "), fmt::join(option.names, ","), what);
}

std::string zsh_arguments(const CommandSpec& command) {
  std::string text = "_arguments -S";
  each_option(command,
              [&](const OptionSpec& option) { text += fmt::format(" \\\n            {}", zsh_option(option)); });
  for (const OperandSpec& operand : command.operands)
    text += fmt::format(" \\\n            '{}:{}:{}'", operand.repeats ? "*" : "1", operand.name,
                        operand.choices.empty() ? "_files" : fmt::format("({})", fmt::join(operand.choices, " ")));
  return text;
}

std::string fish_quoted(std::string_view text) { return fmt::format("'{}'", escaped(text, "\\'")); }

// `text` is what completes the option's program, where it does.
std::string fish_option(std::string text, const OptionSpec& option) {
  for (const std::string& name : option.names)
    text += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2)) : fmt::format(" -s {}", name.substr(1));
  if (!option.value.empty()) {
    text += option.takes_file ? " -r -F" : " -x";
    std::vector<std::string> words = option.choices;
    if (option.takes_directory) words.push_back("(__fish_complete_directories)");
    if (!words.empty()) text += fmt::format(" -a '{}'", fmt::join(words, " "));
  }
  return fmt::format("{} -d {}\n", text, fish_quoted(option.description));
}

}  // namespace

std::string bash_completions(const ProgramSpec& program) {
  std::vector<std::string> first = option_names(program.itself);
  std::string options, values;
  for (const CommandSpec& command : program.commands) {
    first.push_back(command.name);
    const bool has_choices = !command.operands.empty() && !command.operands[0].choices.empty();
    options += fmt::format("    {}) options=\"{}\" operands={} operand_words=\"{}\" ;;\n", command.name,
                           fmt::join(option_names(command), " "), command.operands.empty() || has_choices ? "" : "file",
                           fmt::join(has_choices ? command.operands[0].choices : std::vector<std::string>(), " "));
    each_option(command, [&](const OptionSpec& option) {
      if (!option.value.empty()) values += bash_option(command.name, option);
    });
  }
  return fmt::format(
      R"(# Made by "visionshard completions bash".
_visionshard() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command=${{COMP_WORDS[1]}}
  local words="" files="" options="" operands="" operand_words=""
  # Readline takes the = in --option=value for a word of its own.
  [[ $previous == = ]] && previous=${{COMP_WORDS[COMP_CWORD - 2]}}
  [[ $current == = ]] && current=""
  case $command in
{}  esac
  case $command:$previous in
{}    *)
      if ((COMP_CWORD == 1)); then
        words="{}"
      elif [[ $current == -* ]]; then
        words=$options
      else
        files=$operands words=$operand_words
      fi
      ;;
  esac
  [[ $files ]] && compopt -o filenames
  mapfile -t COMPREPLY < <(compgen ${{files:+-A "$files"}} -W "$words" -- "$current")
}}
complete -F _visionshard visionshard
)",
      options, values, fmt::join(first, " "));
}

std::string zsh_completions(const ProgramSpec& program) {
  std::string commands, arguments, program_options;
  each_option(program.itself,
              [&](const OptionSpec& option) { program_options += fmt::format(" \\\n    {}", zsh_option(option)); });
  for (const CommandSpec& command : program.commands) {
    commands += fmt::format("        '{}:{}'\n", command.name, zsh_quoted(command.description));
    arguments += fmt::format("        {})\n          {}\n          ;;\n", command.name, zsh_arguments(command));
  }
  return fmt::format(
      R"(#compdef visionshard
# Made by "visionshard completions zsh".
_visionshard() {{
  local curcontext=$curcontext context state line
  local -a commands
  typeset -A opt_args
  _arguments -C{} \
    '1:command:->command' \
    '*::argument:->argument' && return
  case $state in
    command)
      commands=(
{}      )
      _describe command commands
      ;;
    argument)
      case $line[1] in
{}      esac
      ;;
  esac
}}
_visionshard "$@"
)",
      program_options, commands, arguments);
}

std::string fish_completions(const ProgramSpec& program) {
  std::string text = "# Made by \"visionshard completions fish\".\n";
  each_option(program.itself, [&](const OptionSpec& option) {
    text += fish_option("complete -c visionshard -n __fish_use_subcommand", option);
  });
  for (const CommandSpec& command : program.commands) {
    text += fmt::format("complete -c visionshard -n __fish_use_subcommand -f -a {} -d {}\n", command.name,
                        fish_quoted(command.description));
    const std::string chosen = fmt::format("'__fish_seen_subcommand_from {}'", command.name);
    each_option(command,
                [&](const OptionSpec& option) { text += fish_option("complete -c visionshard -n " + chosen, option); });
    if (command.operands.empty()) text += fmt::format("complete -c visionshard -n {} -f\n", chosen);
    for (const OperandSpec& operand : command.operands)
      if (!operand.choices.empty())
        text += fmt::format("complete -c visionshard -n {} -f -a '{}'\n", chosen, fmt::join(operand.choices, " "));
  }
  return text;
}

std::string bash_completions_of_command(const CommandSpec& program) {
  std::string values;
  each_option(program, [&](const OptionSpec& option) {
    if (!option.value.empty()) values += bash_option("", option);
  });
  std::string function = "_" + program.name;
  std::ranges::replace(function, '-', '_');
  return fmt::format(
      R"(# Made by "{0} --completions bash".
{1}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} words="" files=""
  # Readline takes the = in --option=value for a word of its own.
  [[ $previous == = ]] && previous=${{COMP_WORDS[COMP_CWORD - 2]}}
  [[ $current == = ]] && current=""
  case :$previous in
{2}    *) if [[ $current == -* ]]; then words="{3}"; else files=file; fi ;;
  esac
  [[ $files ]] && compopt -o filenames
  mapfile -t COMPREPLY < <(compgen ${{files:+-A "$files"}} -W "$words" -- "$current")
}}
complete -F {1} {0}
)",
      program.name, function, values, fmt::join(option_names(program), " "));
}

std::string zsh_completions_of_command(const CommandSpec& program) {
  return fmt::format("#compdef {0}\n# Made by \"{0} --completions zsh\".\n{1}\n", program.name, zsh_arguments(program));
}

std::string fish_completions_of_command(const CommandSpec& program) {
  std::string text = fmt::format("# Made by \"{} --completions fish\".\n", program.name);
  each_option(program, [&](const OptionSpec& option) { text += fish_option("complete -c " + program.name, option); });
  return text;
}

}  // namespace visionshard::cli
