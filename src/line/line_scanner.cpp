#include "line/line_scanner.h"

#include <algorithm>
#include <functional>

#include "base64/base64.h"

namespace visionshard::line {
namespace {

// A shorter line is in one chunk of TokenFinder with others, which takes less than to look around its base64.
constexpr std::size_t least_left_out = 32 << 10;

}  // namespace

// Base64 has no comma: a window in which an image begins has no other comma after that of its header.
std::size_t LineScanner::find_far_newline(std::string_view text, std::size_t begin) {
  for (std::size_t at = begin; at < text.size();) {
    const std::string_view window = text.substr(at, window_bytes);
    if (const std::size_t newline = window.find('\n'); newline != std::string_view::npos) return at + newline;
    // memrchr, since std::string_view::rfind compares byte by byte.
    const void* const comma = ::memrchr(window.data(), ',', window.size());
    at += window.size();
    if (comma == nullptr) continue;
    const auto comma_at = static_cast<std::size_t>(static_cast<const char*>(comma) - text.data());
    if (text.substr(begin, comma_at - begin).ends_with(";base64")) at = std::max(at, decode_after(text, comma_at));
  }
  return std::string_view::npos;
}

// Returns up to where the text has no newline.
std::size_t LineScanner::decode_after(std::string_view text, std::size_t comma) {
  const std::string_view rest = text.substr(comma + 1);
  const std::size_t used = found_.empty() ? 0 : found_.back().bytes_at + found_.back().bytes;
  const std::size_t wanted = used + base64::decode_capacity(rest.size());
  if (used == 0 && wanted > bytes_.capacity()) bytes_ = Bytes();  // so that resize() copies nothing
  bytes_.resize(wanted);
  const base64::DecodedPrefix decoded = base64::decode_to_quote(rest, bytes_.data() + used);
  if (decoded.is_whole && decoded.characters > 0)
    found_.push_back({rest.substr(0, decoded.characters), used, decoded.bytes});
  return comma + 1 + decoded.characters;
}

void LineScanner::list_ranges(std::string_view line) {
  ranges_.clear();
  for (const Found& found : found_) {
    const char* const begin = found.encoded.data();
    if (found.encoded.size() < least_left_out || std::less<>()(begin, line.data()) ||
        !std::less<>()(begin, line.data() + line.size()))
      continue;
    const auto at = static_cast<std::uint32_t>(begin - line.data());
    ranges_.push_back({at, at + static_cast<std::uint32_t>(found.encoded.size())});
  }
}

std::optional<ByteView> LineScanner::decoded(std::string_view encoded) const noexcept {
  const auto found = std::ranges::lower_bound(found_, encoded.data(), std::less<>(),
                                              [](const Found& each) noexcept { return each.encoded.data(); });
  if (found == found_.end() || found->encoded.data() != encoded.data() || found->encoded.size() != encoded.size())
    return std::nullopt;
  return bytes_.view().subspan(found->bytes_at, found->bytes);
}

}  // namespace visionshard::line
