#include "cli/help/manual_page.h"

#include <fmt/format.h>
#include <visionshard/version.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "cli/help/topics.h"

namespace visionshard::cli {
namespace {

// In roff a backslash begins an escape, a plain hyphen is typographic, and a dot or an apostrophe at the start of a
// line begins a request.
std::string roff(std::string_view text) {
  std::string escaped;
  if (text.starts_with('.') || text.starts_with('\'')) escaped = "\\&";
  for (const char c : text) {
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else if (c == '\'')
      escaped += "\\(aq";
    else
      escaped += c;
  }
  return escaped;
}

std::string bold(std::string_view text) { return fmt::format("\\fB{}\\fR", roff(text)); }
std::string italic(std::string_view text) { return fmt::format("\\fI{}\\fR", roff(text)); }

// Words that are typed as they are look different from placeholders.
std::string value_text(const OptionSpec& option) {
  std::string text;
  std::istringstream alternatives(option.value);
  for (std::string word; std::getline(alternatives, word, '|');) {
    const bool typed = std::find(option.choices.begin(), option.choices.end(), word) != option.choices.end();
    text += (text.empty() ? " " : "|") + (typed ? bold(word) : italic(word));
  }
  return text;
}

std::string option_entry(const OptionSpec& option) {
  std::string names;
  for (const std::string& name : option.names) names += (names.empty() ? "" : ", ") + bold(name);
  const std::string otherwise =
      option.default_value.empty() ? "" : fmt::format(" (default {})", roff(option.default_value));
  return fmt::format(".TP\n{}{}\n{}{}\n", names, value_text(option), roff(option.description), otherwise);
}

std::string footer_text(const std::string& footer) {
  std::string text;
  std::istringstream lines(footer);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == std::string::npos) continue;
    if (begin > 0)
      text += ".br\n";
    else if (!text.empty() && std::isupper(static_cast<unsigned char>(line[0])))
      text += ".PP\n";
    text += roff(line.substr(begin)) + "\n";
  }
  return text;
}

std::string operand_names(const CommandSpec& command) {
  std::string names;
  for (const OperandSpec& operand : command.operands)
    names += fmt::format(" {}{}", roff(operand.name), operand.repeats ? "..." : "");
  return names;
}

std::string operands_and_options(const CommandSpec& command) {
  std::string text;
  for (const OperandSpec& operand : command.operands)
    text += fmt::format(".TP\n{}\n{}\n", italic(operand.name), roff(operand.description));
  for (const OptionGroup& group : command.groups) {
    std::string entries;
    for (const OptionSpec& option : group.options)
      if (option.names.back() != "--help") entries += option_entry(option);
    if (!entries.empty() && group.title != "Options") text += fmt::format(".PP\n{}\n", bold(group.title));
    text += entries;
  }
  return text;
}

std::string command_section(const CommandSpec& command) {
  std::string text =
      fmt::format(".SS visionshard {}{}{}\n{}\n", roff(command.name), command.groups.empty() ? "" : " [OPTION]...",
                  operand_names(command), roff(command.description));
  text += operands_and_options(command);
  if (!command.footer.empty()) text += ".PP\n" + footer_text(command.footer);
  return text;
}

// The text of a topic has its own lines and columns.
std::string topic_section(const HelpText& topic) {
  std::string title(topic.name);
  for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::string text = fmt::format(".SH {}\n{}:\n.PP\n.nf\n", title, roff(topic_summary(topic.file)));
  const std::string shown = *topic_text(topic.name);
  std::istringstream lines(shown);
  for (std::string line; std::getline(lines, line);) text += roff(line) + "\n";
  return text + ".fi\n";
}

}  // namespace

std::string manual_page(const ProgramSpec& program) {
  const std::string_view about = program.itself.description;
  std::string page = fmt::format(
      ".\\\" Made by \"visionshard manual\".\n"
      ".TH VISIONSHARD 1 \"\" \"visionshard {}\" \"User Commands\"\n"
      ".SH NAME\nvisionshard \\- {}\n"
      ".SH SYNOPSIS\n{} {} [{}]...\n"
      ".SH DESCRIPTION\n{}\n"
      ".SH OPTIONS\n",
      version, roff(about.substr(0, about.find_last_not_of('.') + 1)), bold("visionshard"), italic("COMMAND"),
      italic("OPTION"), roff(about));
  for (const OptionGroup& group : program.itself.groups)
    for (const OptionSpec& option : group.options) page += option_entry(option);
  page += ".SH COMMANDS\n";
  for (const CommandSpec& command : program.commands) page += command_section(command);
  for (const HelpText& topic : help_texts()) page += topic_section(topic);
  return page + ".SH EXAMPLES\n" + footer_text(program.itself.footer);
}

std::string manual_page_of_command(const CommandSpec& program) {
  std::string title = program.name;
  for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::string_view about = program.description;
  return fmt::format(
             ".TH {} 1 \"\" \"visionshard {}\" \"User Commands\"\n"
             ".SH NAME\n{} \\- {}\n"
             ".SH SYNOPSIS\n{} [{}]...{}\n"
             ".SH OPTIONS\n",
             roff(title), version, roff(program.name), roff(about.substr(0, about.find_last_not_of('.') + 1)),
             bold(program.name), italic("OPTION"), operand_names(program)) +
         operands_and_options(program) + ".SH DESCRIPTION\n" + footer_text(program.footer);
}

}  // namespace visionshard::cli
