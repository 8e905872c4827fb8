// `visionshard help TOPIC`. The texts are the files in this directory, which CMake embeds.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace visionshard::cli {

/// One file NAME.txt: its first line is the summary; the text follows after a blank line and can have placeholders.
struct HelpText {
  std::string_view name;
  std::string_view file;
};

/// All files, in the order of CMakeLists.txt.
std::span<const HelpText> help_texts() noexcept;

std::vector<std::string> topic_names();

/// The one line that says what the topic is about.
std::string_view topic_summary(std::string_view file) noexcept;

/// The text of a topic; nothing where there is no such topic.
std::optional<std::string> topic_text(std::string_view name);

/// All topics with their summaries, one a line.
std::string topic_list();

}  // namespace visionshard::cli
