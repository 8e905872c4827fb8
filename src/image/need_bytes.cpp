#include "image/need_bytes.h"

#include <algorithm>

namespace visionshard::image {

using codec::ColourModel;
using codec::Format;

std::uint64_t bytes_per_pixel(const codec::ImageInfo& info) noexcept {
  constexpr std::uint64_t usual = 16;
  switch (info.format) {
    case Format::heic:
    case Format::avif: return 32;
    case Format::jpeg_2000: return 40;
    case Format::jpeg_xl: return 64;
    default: return usual;
  }
}

std::uint64_t conversion_need_bytes(const codec::ImageInfo& info, std::uint64_t image_bytes) noexcept {
  // OpenJPEG's own: of each tile, and of each channel in it.
  constexpr std::uint64_t tile_bytes = 6 << 10, tile_channel_bytes = 2 << 10;
  return 4 * image_bytes + bytes_per_pixel(info) * std::max(info.pixels(), info.coded_pixels) +
         info.tiles * (tile_bytes + info.channels * tile_channel_bytes);
}

}  // namespace visionshard::image
