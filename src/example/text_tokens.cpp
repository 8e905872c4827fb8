#include "example/text_tokens.h"

#include <algorithm>

namespace visionshard::example {
namespace {

constexpr std::uint64_t bytes_per_token = 4;
constexpr std::uint64_t tokens_per_message = 4;
constexpr std::string_view usual_part = R"({"type":"text","text":""})";
constexpr std::string_view usual_message = R"({"role":"user","content":})";

// Bytes of UTF-8 that the spelled JSON stands for: an escape of a UTF-16 unit is at most three, as half of a pair two.
std::uint64_t unescaped_bytes(std::string_view spelled) noexcept {
  std::uint64_t bytes = spelled.size();
  for (std::size_t at = spelled.find('\\'); at < spelled.size(); at = spelled.find('\\', at)) {
    if (at + 5 >= spelled.size() || spelled[at + 1] != 'u') {
      bytes -= 1;
      at += 2;
      continue;
    }
    const std::string_view digits = spelled.substr(at + 2, 4);
    const bool one_byte = digits.starts_with("00") && digits[2] < '8';
    const bool two_bytes = digits[0] == '0' && digits[1] < '8';
    const bool half_of_four = (digits[0] | 0x20) == 'd' && digits[1] >= '8';
    bytes -= one_byte ? 5u : two_bytes || half_of_four ? 4u : 3u;
    at += 6;
  }
  return bytes;
}

std::uint64_t less(std::uint64_t bytes, std::uint64_t frame) noexcept { return bytes - std::min(bytes, frame); }

}  // namespace

std::uint64_t estimate_text_tokens(std::string_view line, const ExampleSpans& spans) noexcept {
  std::uint64_t bytes = 0;
  for (const Field& field : spans.fields)
    if (spans.tools_at != nowhere && field.range.begin < spans.tools_at && spans.tools_at < field.range.end)
      bytes += unescaped_bytes(field.range.of(line));
  for (const Message& message : spans.messages) {
    if (message.content == Shape::string) bytes += less(unescaped_bytes(message.content_range.of(line)), 2);
    for (std::uint32_t i = message.parts_begin; i < message.parts_end; ++i)
      if (!spans.parts[i].is_image()) bytes += less(unescaped_bytes(spans.parts[i].range.of(line)), usual_part.size());
    // Tool calls and names; with none of them it is the frame alone.
    if (message.other_keys > 0)
      bytes += less(message.range.size() - message.content_range.size(), usual_message.size());
  }
  return (bytes + bytes_per_token - 1) / bytes_per_token + tokens_per_message * spans.messages.size();
}

}  // namespace visionshard::example
