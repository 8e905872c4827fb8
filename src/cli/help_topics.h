// `visionshard help TOPIC`: what no single option's help has room for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace visionshard::cli {

/// Nothing for a topic there is none of.
std::optional<std::string> help_on(std::string_view topic);

std::vector<std::string> help_topics();

/// The list of topics, for people.
std::string topics_text();

}  // namespace visionshard::cli
