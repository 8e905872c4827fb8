#include "cli/help/topics.h"

#include <fmt/format.h>
#include <visionshard/fault.h>

#include "cli/arguments/profile_file.h"
#include "cli/arguments/task_share.h"
#include "cli/help/profile_table.h"

namespace visionshard::cli {
namespace {

std::string reason_list() {
  std::string out;
  for (std::size_t i = 0; i < fault_code_count; ++i) {
    const auto code = static_cast<FaultCode>(i);
    out += fmt::format("  {:<20} {}\n", name(code), meaning(code));
  }
  return out;
}

struct Placeholder {
  std::string_view text;
  std::string (*value)();
};

constexpr Placeholder placeholders[] = {{"{reasons}\n", reason_list},
                                        {"{profile_table}\n", profile_table},
                                        {"{profile_keys}\n", profile_keys},
                                        {"{task_variables}", task_variables}};

}  // namespace

std::vector<std::string> topic_names() {
  std::vector<std::string> names;
  for (const HelpText& topic : help_texts()) names.emplace_back(topic.name);
  return names;
}

std::string_view topic_summary(std::string_view file) noexcept { return file.substr(0, file.find('\n')); }

std::optional<std::string> topic_text(std::string_view name) {
  for (const HelpText& topic : help_texts()) {
    if (topic.name != name) continue;
    std::string text(topic.file.substr(topic.file.find("\n\n") + 2));
    for (const Placeholder& placeholder : placeholders)
      if (const std::size_t at = text.find(placeholder.text); at != std::string::npos)
        text.replace(at, placeholder.text.size(), placeholder.value());
    return text;
  }
  return std::nullopt;
}

std::string topic_list() {
  std::string out = "Topics: visionshard help TOPIC\n";
  for (const HelpText& topic : help_texts()) out += fmt::format("  {:<16} {}\n", topic.name, topic_summary(topic.file));
  return out;
}

}  // namespace visionshard::cli
