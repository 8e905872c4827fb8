// Base64 as it stands in data URLs, by RFC 4648: what the standard writes, and what people write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace visionshard {

enum class Base64Status : std::uint8_t {
  clean,               // as RFC 4648 section 4 writes it: encode_base64 gives the same text back
  tolerated,           // white space, section 5's URL-safe alphabet, JSON escapes, missing padding, or bits set after
                       // the last byte
  bad_character,       // outside both alphabets, white space and padding
  impossible_length,   // one character left over, or more padding than the last group can take
  data_after_padding,  // characters of the alphabet after a padding character
};

/// What decode_base64 made of a text.
struct DecodedBase64 {
  Base64Status status = Base64Status::clean;
  std::vector<std::byte> bytes;  // empty unless ok()
  std::size_t position = 0;      // in characters of the text, from 0, of the first fault; the text's length for
                                 // impossible_length; 0 where there is no fault

  /// Whether the text could be decoded. Strict readers ask whether `status` is Base64Status::clean.
  bool ok() const noexcept { return status == Base64Status::clean || status == Base64Status::tolerated; }
};

/// The bytes that `text` stands for; `text` is the inside of a JSON string, so \/ and \u002b are read as / and +.
/// Throws std::bad_alloc. Thread-safe.
DecodedBase64 decode_base64(std::string_view text);

/// RFC 4648 section 4: the standard alphabet with padding, 4 characters for each 3 bytes begun. Throws std::bad_alloc.
/// Thread-safe.
std::string encode_base64(std::span<const std::byte> bytes);

}  // namespace visionshard
