#include "cli/terminal/printable.h"

#include <algorithm>

#include "base/json_text.h"
#include "base/unseen_character.h"

namespace visionshard::cli {

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t bytes = json::character_bytes(text);
    out += bytes == 0 || is_unseen(code_point(text.substr(0, bytes))) ? "?" : text.substr(0, bytes);
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

std::string excerpt(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < json::excerpt_characters && end < text.size(); ++i)
    end += std::max<std::size_t>(json::character_bytes(text.substr(end)), 1);
  return printable(text.substr(0, end)) + (end < text.size() ? "..." : "");
}

}  // namespace visionshard::cli
