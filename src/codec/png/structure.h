// The chunk structure of a PNG file (PNG specification, third edition), checked without inflating.
#pragma once

#include <vector>

#include "codec/image_info.h"

namespace visionshard::codec {

struct PngChunk {
  std::uint32_t type;  // four letters, big-endian
  std::size_t offset;  // of the length field
  std::size_t length;  // of the data
  bool damaged;        // not needed for the picture, and wrong in its checksum or in what decoders want of it

  std::size_t end() const noexcept { return offset + 12 + length; }
};

constexpr std::uint32_t png_type(const char (&name)[5]) noexcept {
  return static_cast<std::uint32_t>(name[0]) << 24 | static_cast<std::uint32_t>(name[1]) << 16 |
         static_cast<std::uint32_t>(name[2]) << 8 | static_cast<std::uint32_t>(name[3]);
}

inline constexpr std::size_t png_signature_bytes = 8;

constexpr unsigned bits_per_pixel(const ImageInfo& info) noexcept {
  constexpr unsigned samples[] = {1, 2, 1, 3, 4};  // in the order of ColorModel
  return samples[static_cast<std::size_t>(info.model)] * info.bit_depth;
}

/// Each is an entry in memory. libpng cuts data into chunks of 8 KB: 800 MB of them.
inline constexpr std::size_t max_png_chunks = 100'000;

struct PngStructure {
  ImageInfo info;
  std::vector<PngChunk> chunks;  // up to and with IEND
  ByteView palette;              // of PLTE, where the picture has a palette
  ByteView transparency;         // of tRNS; empty where there is none
};

/// The structure's views are into `bytes`. Faults: corrupt_image (cut off, a critical chunk damaged, missing or out of
/// order).
ImageResult<PngStructure> read_png_structure(ByteView bytes);

}  // namespace visionshard::codec
