#include "report/page_text.h"

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/unseen_character.h"

namespace visionshard::report {

std::string page_text(std::string_view text, std::size_t max_chars) {
  const std::string valid = json::as_utf8(text.substr(0, 4 * max_chars + 4));
  std::string out;
  std::string_view rest = valid;
  for (std::size_t chars = 0; !rest.empty(); ++chars) {
    if (chars == max_chars) return out += "…";
    const std::string_view character = rest.substr(0, json::character_bytes(rest));
    rest.remove_prefix(character.size());
    const char32_t point = code_point(character);
    switch (point) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        if (is_unseen(point))
          out += fmt::format("\\u{{{:X}}}", static_cast<std::uint32_t>(point));
        else
          out += character;
    }
  }
  return out;
}

}  // namespace visionshard::report
