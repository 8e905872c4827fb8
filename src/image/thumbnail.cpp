#include "image/thumbnail.h"

#include <algorithm>

#include "codec/jpeg.h"
#include "image/decode.h"
#include "image/need_bytes.h"

namespace visionshard::image {
namespace {

using codec::Pixels;

constexpr int jpeg_quality = 70;

ImageSize scaled_down(std::uint32_t width, std::uint32_t height) {
  const std::uint32_t longest = std::max(width, height);
  if (longest <= thumbnail_side) return {width, height};
  const auto scaled = [&](std::uint64_t side) {
    return static_cast<std::uint32_t>(std::max<std::uint64_t>((side * thumbnail_side + longest / 2) / longest, 1));
  };
  return {scaled(width), scaled(height)};
}

Pixels on_chequers(const Pixels& rgba) {
  constexpr unsigned square = 8, light = 255, dark = 224;
  Pixels rgb(rgba.width, rgba.height, 3);
  for (std::uint32_t y = 0; y < rgba.height; ++y) {
    const std::uint8_t* from = rgba.row(y);
    std::uint8_t* to = rgb.row(y);
    for (std::uint32_t x = 0; x < rgba.width; ++x, from += 4) {
      const unsigned ground = (x / square + y / square) % 2 == 0 ? light : dark, alpha = from[3];
      for (unsigned c = 0; c < 3; ++c)
        *to++ = static_cast<std::uint8_t>((from[c] * alpha + ground * (255 - alpha) + 127) / 255);
    }
  }
  return rgb;
}

}  // namespace

std::uint64_t thumbnail_need_bytes(const codec::ImageInfo& info) noexcept {
  // Of a JPEG that is read in one go only an eighth of each side is kept; another's coefficients are held in whole.
  if (info.format == codec::Format::jpeg) return info.pixels() * (info.one_scan ? 1 : 7);
  return decoding_need_bytes(info);
}

std::optional<Thumbnail> thumbnail(ByteView bytes, const codec::ImageInfo& info) {
  const ImageSize stored = scaled_down(info.width, info.height);
  auto decoded = decode(bytes, info, stored);
  if (!decoded) return std::nullopt;
  const bool is_ink = info.model == codec::ColourModel::cmyk;
  Conversions ignored;
  // What is not yet RGB has no alpha to be weighted with.
  if (is_ink) make_srgb(*decoded, info, ignored);
  decoded->pixels = codec::resized(decoded->pixels, stored.width, stored.height);
  if (!is_ink) make_srgb(*decoded, info, ignored);
  Pixels shown = codec::oriented(std::move(decoded->pixels), info.orientation);
  if (shown.channels == 4) shown = on_chequers(shown);
  auto jpeg = codec::encode_jpeg(shown, jpeg_quality, codec::ChromaSampling::half);
  if (!jpeg) return std::nullopt;
  return Thumbnail{shown.width, shown.height, std::move(*jpeg)};
}

}  // namespace visionshard::image
