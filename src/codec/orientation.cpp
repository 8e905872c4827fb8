#include "codec/orientation.h"

#include <algorithm>
#include <functional>

#include "codec/byte_order.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view exif_identifier = "Exif\0\0"sv, xmp_identifier = "http://ns.adobe.com/xap/1.0/\0"sv,
                           extended_xmp_identifier = "http://ns.adobe.com/xmp/extension/\0"sv;

std::string_view without_leading_blanks(std::string_view text) noexcept {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

// The number in `="6"` or `>6<` at the start of `text`.
std::optional<std::uint8_t> number_after_name(std::string_view text) noexcept {
  text = without_leading_blanks(text);
  const bool is_element = text.starts_with('>');
  if (!is_element && !text.starts_with('=')) return std::nullopt;
  text = without_leading_blanks(text.substr(1));
  if (!is_element) {
    if (!text.starts_with('"') && !text.starts_with('\'')) return std::nullopt;
    text = without_leading_blanks(text.substr(1));
  }
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  const bool has_one_digit = text.size() > 1 && (text[1] < '0' || text[1] > '9');
  return has_one_digit && text[0] >= '1' && text[0] <= '8' ? static_cast<std::uint8_t>(text[0] - '0') : std::uint8_t{1};
}

}  // namespace

// Exif 2.32 section 4.6: a TIFF header, then the first directory with entries of 12 bytes.
std::optional<std::uint8_t> exif_orientation(ByteView block) noexcept {
  while (text_at(block, 0, exif_identifier)) block = block.subspan(exif_identifier.size());
  const bool little = text_at(block, 0, "II*\0"sv);
  if (!little && !text_at(block, 0, "MM\0*"sv)) return std::nullopt;
  if (block.size() < 10) return std::nullopt;
  const auto u16 = [&](std::size_t at) { return little ? le16(block, at) : be16(block, at); };
  const auto u32 = [&](std::size_t at) { return little ? le32(block, at) : be32(block, at); };
  const std::size_t directory = u32(4);
  if (directory > block.size() - 2) return std::nullopt;
  const std::size_t entries = u16(directory);
  std::optional<std::uint8_t> orientation;
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * 12;
    if (at + 12 > block.size()) break;
    // Of another type, or of several values, no reader takes it.
    constexpr unsigned type_byte = 1, type_short = 3, type_long = 4;
    const unsigned type = u16(at + 2);
    if (u16(at) != 0x0112 || (type != type_byte && type != type_short && type != type_long) || u32(at + 4) != 1)
      continue;
    // Exif asks for a SHORT; some writers use a LONG, whose low half is at another place in big-endian files.
    const unsigned value = type == type_long && !little ? be16(block, at + 10) : u16(at + 8);
    if (value >= 1 && value <= 8)
      orientation = static_cast<std::uint8_t>(value);
    else
      orientation = orientation.value_or(1);
  }
  return orientation;
}

std::optional<std::uint8_t> xmp_orientation(ByteView packet) noexcept {
  static constexpr std::string_view name = "tiff:Orientation";
  // std::string_view::find takes 40 ns a byte where all are its first.
  static const std::boyer_moore_horspool_searcher searcher(name.begin(), name.end());
  std::string_view text = as_text(packet);
  for (;;) {
    const auto found = std::search(text.begin(), text.end(), searcher);
    if (found == text.end()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(found - text.begin()) + name.size());
    // The name also occurs in lists of changed properties.
    if (const auto number = number_after_name(text)) return number;
  }
}

bool is_xmp_segment(ByteView body) noexcept {
  return text_at(body, 0, xmp_identifier) || text_at(body, 0, extended_xmp_identifier);
}

void MetadataOrientation::read_text_profile(ByteView block) noexcept {
  if (const auto found = exif_orientation(block))
    text_exif_ = found;
  else
    read_xmp(block);
}

}  // namespace visionshard::codec
