#include "image/need_bytes.h"

#include <algorithm>

namespace visionshard::image {
namespace {

using codec::ColorModel;
using codec::Format;

bool has_alpha(const codec::ImageInfo& info) {
  return info.model == ColorModel::rgba || info.model == ColorModel::gray_alpha;
}

// libheif holds the planes as coded and as RGB, with 2 bytes a sample above 8 bits, and one more copy on the way.
std::uint64_t heif_bytes_per_pixel(const codec::ImageInfo& info) {
  const std::uint64_t color = info.bit_depth > 8 ? info.full_chroma ? 28 : 16 : info.full_chroma ? 16 : 12;
  return color + (has_alpha(info) ? 8 : 0);
}

// libjxl works in groups of rows where there is color alone, and in floats over the whole picture where there is more.
std::uint64_t jpeg_xl_bytes_per_pixel(const codec::ImageInfo& info) {
  const std::uint64_t colors = info.model == ColorModel::gray || info.model == ColorModel::gray_alpha ? 1 : 3;
  const std::uint64_t extra = info.channels - std::min<std::uint64_t>(info.channels, colors);
  return extra == 0 ? 32 : 40 + 12 * extra;
}

// A GIF shows it only where its blocks are read.
bool may_have_alpha(const codec::ImageInfo& info) {
  return has_alpha(info) || info.transparency || info.format == Format::gif;
}

std::uint64_t pixels_decoded(const codec::ImageInfo& info) { return std::max(info.pixels(), info.coded_pixels); }

}  // namespace

std::uint64_t decoder_bytes_per_pixel(const codec::ImageInfo& info) noexcept {
  switch (info.format) {
    case Format::heic:
    case Format::avif: return heif_bytes_per_pixel(info);
    // Samples of 4 bytes in every channel, plus one tile (all of the image if it has one tile) again.
    case Format::jpeg_2000: return 4 + 5 * info.channels;
    case Format::jpeg_xl: return jpeg_xl_bytes_per_pixel(info);
    case Format::webp: return info.animated ? 16 : 8;
    case Format::png: return info.bit_depth == 16 ? 12 : 8;
    default: return 8;
  }
}

std::uint64_t bytes_per_pixel(const codec::ImageInfo& info) noexcept {
  // Of JPEG, PNG, WebP, GIF, BMP and TIFF 3 to 15 were measured.
  constexpr std::uint64_t usual = 16, with_alpha = 20, heif_with_alpha = 28;
  const bool is_heif = info.format == Format::heic || info.format == Format::avif;
  const std::uint64_t least = !has_alpha(info) ? usual : is_heif ? heif_with_alpha : with_alpha;
  return std::max(least, decoder_bytes_per_pixel(info));
}

std::uint64_t decoding_need_bytes(const codec::ImageInfo& info) noexcept {
  return decoder_bytes_per_pixel(info) * pixels_decoded(info) + info.decoder_bytes;
}

std::uint64_t lossy_alpha_bytes(const codec::ImageInfo& info, std::uint64_t pixels) noexcept {
  return may_have_alpha(info) ? 40 * pixels : 0;
}

std::uint64_t conversion_need_bytes(const codec::ImageInfo& info, std::uint64_t image_bytes,
                                    std::uint64_t limit_bytes) noexcept {
  const std::uint64_t pixels = pixels_decoded(info);
  // A PNG takes 4 bytes a pixel and little more at most, so that a smaller one never becomes a WebP.
  const bool may_be_lossy = info.format == Format::webp || 5 * pixels > limit_bytes;
  const std::uint64_t lossy = may_be_lossy ? lossy_alpha_bytes(info, pixels) : 0;
  return 4 * image_bytes + std::max(bytes_per_pixel(info) * pixels, lossy) + info.decoder_bytes;
}

}  // namespace visionshard::image
