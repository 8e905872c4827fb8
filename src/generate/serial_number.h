// A number in a file's metadata that makes its bytes unlike those of every other copy, and its picture the same.
#pragma once

#include <cstdint>

#include "codec/image_info.h"

namespace visionshard::generate {

/// Where the number stands, in whole groups of base64: `begin` and `end` are multiples of 3, unless `end` is the
/// file's.
struct SerialPlace {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t digits = 0;  // offset of the first, from `begin`
  bool png_checksum = false;
};

/// Puts room for a number in front of the picture: a comment segment behind a JPEG's first segment, a tEXt chunk behind
/// a PNG's header, an unknown chunk in a WebP, which becomes an extended one for it. `file` is one that this room made.
/// Throws std::bad_alloc.
SerialPlace make_room_for_serial_number(codec::Format format, Bytes& file);

/// `piece` is the file's bytes from `place.begin` to `place.end`.
void write_serial_number(const SerialPlace& place, std::uint64_t number, std::span<std::byte> piece) noexcept;

}  // namespace visionshard::generate
