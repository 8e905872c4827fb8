// Base64 of data URLs (RFC 4648), also in the nonstandard forms that occur in real corpora.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace visionshard {

enum class Base64Status : std::uint8_t {
  clean,               // RFC 4648 section 4, canonical: encode_base64 returns the same text
  tolerated,           // white space, section 5's URL-safe alphabet, JSON escapes, missing padding, or bits set after
                       // the last byte
  bad_character,       // outside both alphabets, white space and padding
  impossible_length,   // one character left over, or more padding than the last group can take
  data_after_padding,  // characters of the alphabet after a padding character
};

/// The result of decode_base64.
struct DecodedBase64 {
  Base64Status status = Base64Status::clean;
  std::vector<std::byte> bytes;  // empty unless ok()
  std::size_t position = 0;      // in characters of the text, from 0, of the first fault; the text's length for
                                 // impossible_length; 0 where there is no fault

  /// Whether the text could be decoded. Strict readers ask whether `status` is Base64Status::clean.
  bool ok() const noexcept { return status == Base64Status::clean || status == Base64Status::tolerated; }
};

/// Decodes `text`, the inside of a JSON string: the escapes \/ and \u002b are read as / and +. Returns the bytes, or
/// the kind and place of the first fault. Throws std::bad_alloc only. Thread-safe.
DecodedBase64 decode_base64(std::string_view text);

/// Encodes `bytes` by RFC 4648 section 4: standard alphabet, with padding, 4 characters for every 3 bytes or part of 3.
/// Throws std::bad_alloc only. Thread-safe.
std::string encode_base64(std::span<const std::byte> bytes);

}  // namespace visionshard
