#include "image/thumbnail.h"

#include <algorithm>
#include <array>

#include "codec/jpeg/jpeg.h"
#include "codec/jpeg/structure.h"
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

// Of a progressive JPEG whose first scan has the means of all blocks, which is all that a picture of an eighth of the
// size needs, no more than that scan (T.81, annex G); the other nine take most of the time. Empty for any other.
Bytes first_scan(ByteView bytes) {
  constexpr std::uint8_t sos = 0xDA;
  const auto structure = codec::read_jpeg_structure(bytes);
  if (!structure || !structure->progressive) return {};
  const auto& segments = structure->segments;
  const auto scan = std::ranges::find(segments, sos, &codec::JpegSegment::marker);
  if (scan == segments.end()) return {};
  const ByteView header = codec::segment_body(bytes, *scan);
  if (header.empty() || static_cast<std::uint8_t>(header[0]) != structure->components) return {};
  const ByteView extent = codec::segment_extent(bytes, *structure, static_cast<std::size_t>(scan - segments.begin()));
  const std::size_t end = scan->offset + extent.size();
  constexpr std::array<std::uint8_t, 2> end_of_image = {0xFF, 0xD9};
  Bytes cut;
  cut.append(bytes.first(end));
  cut.append(std::as_bytes(std::span(end_of_image)));
  return cut;
}

bool is_scaled_by_eight(ImageSize from, ImageSize to) noexcept {
  return to.width * 8 <= from.width && to.height * 8 <= from.height;
}

}  // namespace

std::chrono::nanoseconds thumbnail_time(const codec::ImageInfo& info, std::uint64_t bytes) noexcept {
  const auto pixels = static_cast<std::int64_t>(info.pixels()), file_bytes = static_cast<std::int64_t>(bytes);
  if (info.format != codec::Format::jpeg) return std::chrono::nanoseconds(15 * pixels);
  // The coefficients of one that is progressive are zeroed in memory that is new.
  return std::chrono::nanoseconds(info.one_scan ? pixels + 6 * file_bytes : 4 * pixels + file_bytes);
}

std::uint64_t thumbnail_need_bytes(const codec::ImageInfo& info) noexcept {
  // Of a JPEG that is read in one go only an eighth of each side is kept; another's coefficients are held in whole.
  if (info.format == codec::Format::jpeg) return info.pixels() * (info.one_scan ? 1 : 7);
  return decoding_need_bytes(info);
}

std::optional<Thumbnail> thumbnail(ByteView bytes, const codec::ImageInfo& info) {
  const ImageSize stored = scaled_down(info.width, info.height);
  Bytes cut;
  codec::ImageInfo read = info;
  if (info.format == codec::Format::jpeg && !info.one_scan && is_scaled_by_eight({info.width, info.height}, stored))
    cut = first_scan(bytes);
  if (cut.size() > 0) {
    bytes = cut;
    read.end = cut.size();
  }
  auto decoded = decode(bytes, read, stored);
  if (!decoded) return std::nullopt;
  const bool is_ink = info.model == codec::ColorModel::cmyk;
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
