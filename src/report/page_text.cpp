#include "report/page_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json_text.h"

namespace visionshard::report {
namespace {

struct CodePoints {
  char32_t first, last;
};

// The Unicode Character Database's controls, formats, separators of lines and fillers that show as nothing.
constexpr CodePoints unseen[] = {{0x00, 0x1F},     {0x7F, 0x9F},       {0xAD, 0xAD},      {0x34F, 0x34F},
                                 {0x61C, 0x61C},   {0x115F, 0x1160},   {0x17B4, 0x17B5},  {0x180B, 0x180F},
                                 {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},  {0x3164, 0x3164},
                                 {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},  {0xFFF0, 0xFFFB},
                                 {0xFFFE, 0xFFFF}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

bool is_unseen(char32_t point) {
  return std::ranges::any_of(unseen, [=](CodePoints range) { return range.first <= point && point <= range.last; });
}

// Of the character that `text`, which is UTF-8, begins with.
std::size_t length_of_first(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

char32_t code_point(std::string_view character) {
  constexpr std::array<unsigned char, 5> lead_bits = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t point = static_cast<unsigned char>(character.front()) & lead_bits[character.size()];
  for (const char c : character.substr(1)) point = point << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return point;
}

}  // namespace

std::string page_text(std::string_view text, std::size_t max_chars) {
  const std::string valid = json::as_utf8(text.substr(0, 4 * max_chars + 4));
  std::string out;
  std::string_view rest = valid;
  for (std::size_t chars = 0; !rest.empty(); ++chars) {
    if (chars == max_chars) return out += "…";
    const std::string_view character = rest.substr(0, length_of_first(rest));
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

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string byte_size(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  constexpr std::array units = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double size = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; size >= 999.5; ++unit) size /= 1000;
  return fmt::format("{:.{}f} {}", size, size < 9.995 ? 2 : size < 99.95 ? 1 : 0, units[unit]);
}

}  // namespace visionshard::report
