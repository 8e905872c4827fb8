#include "screen/screen_image.h"

#include <algorithm>

#include "codec/jpeg/jpeg.h"
#include "image/decode.h"
#include "image/need_bytes.h"

namespace visionshard::screen {
namespace {

using codec::Pixels;

constexpr std::uint32_t thumbnail_side = 240;
constexpr int thumbnail_quality = 75;

// `size` brought to a longer side of `side` pixels, where it is larger.
ImageSize reduced(ImageSize size, std::uint32_t side) noexcept {
  const std::uint32_t longest = std::max(size.width, size.height);
  if (longest <= side) return size;
  const auto scaled = [&](std::uint64_t each) {
    return static_cast<std::uint32_t>(std::max<std::uint64_t>((each * side + longest / 2) / longest, 1));
  };
  return {scaled(size.width), scaled(size.height)};
}

double enlargement_of(ImageSize size, std::uint32_t side) noexcept {
  return std::clamp(static_cast<double>(side) / std::max(size.width, size.height), 1.0, max_enlargement);
}

Pixels on_white(const Pixels& rgba) {
  Pixels rgb(rgba.width, rgba.height, 3);
  for (std::uint32_t y = 0; y < rgba.height; ++y) {
    const std::uint8_t* from = rgba.row(y);
    std::uint8_t* to = rgb.row(y);
    for (std::uint32_t x = 0; x < rgba.width; ++x, from += 4)
      for (unsigned c = 0; c < 3; ++c)
        *to++ = static_cast<std::uint8_t>((from[c] * from[3] + 255 * (255 - from[3]) + 127) / 255);
  }
  return rgb;
}

// Upright RGB in sRGB, reduced.
ImageResult<Pixels> picture_of(ByteView bytes, const codec::ImageInfo& info, std::uint32_t side) {
  const ImageSize stored = reduced({info.width, info.height}, side);
  image::Decoded decoded = VISIONSHARD_TRY(image::decode(bytes, info, stored));
  const bool is_ink = info.model == codec::ColorModel::cmyk;
  image::Conversions ignored;
  // What is not yet RGB has no alpha to be weighted with.
  if (is_ink) image::make_srgb(decoded, info, ignored);
  if (decoded.pixels.width != stored.width || decoded.pixels.height != stored.height)
    decoded.pixels = codec::resized(decoded.pixels, stored.width, stored.height);
  if (!is_ink) image::make_srgb(decoded, info, ignored);
  Pixels upright = codec::oriented(std::move(decoded.pixels), info.orientation);
  return upright.channels == 4 ? on_white(upright) : std::move(upright);
}

// The face in pixels of a picture of another size.
Face scaled(const Face& face, ImageSize from, ImageSize to) {
  const auto at = [](std::uint64_t value, std::uint64_t old_side, std::uint64_t side) {
    return static_cast<std::uint32_t>((value * side + old_side / 2) / old_side);
  };
  Face result = face;
  result.left = at(face.left, from.width, to.width);
  result.top = at(face.top, from.height, to.height);
  result.width = at(face.left + face.width, from.width, to.width) - result.left;
  result.height = at(face.top + face.height, from.height, to.height) - result.top;
  return result;
}

std::uint64_t area(ImageSize size) noexcept { return std::uint64_t{size.width} * size.height; }

}  // namespace

std::uint64_t screening_need_bytes(const codec::ImageInfo& info, const DetectionOptions& options) noexcept {
  const ImageSize small = reduced({info.width, info.height}, options.largest_side);
  const double enlargement = enlargement_of(small, options.largest_side);
  const auto looked_at = static_cast<std::uint64_t>(static_cast<double>(area(small)) * enlargement * enlargement);
  std::uint64_t decoding =
      image::bytes_per_pixel(info) * std::max(info.pixels(), info.coded_pixels) + info.decoder_bytes;
  if (info.format == codec::Format::jpeg) {
    // Decoded at an eighth of its size or more; a progressive one's coefficients are held in whole.
    std::uint64_t eighths = 1;
    while (eighths < 8 && (info.width * eighths / 8 < small.width || info.height * eighths / 8 < small.height))
      ++eighths;
    decoding = image::bytes_per_pixel(info) * (info.pixels() * eighths * eighths / 64) +
               (info.one_scan ? 0 : 7 * info.pixels());
  }
  return decoding + 16 * area(small) + detection_bytes_per_pixel * looked_at;
}

ImageResult<ScreenedImage> screen_image(ByteView bytes, const codec::ImageInfo& info, const DetectionOptions& options,
                                        const FaceDetector& detector) {
  const Pixels picture = VISIONSHARD_TRY(picture_of(bytes, info, options.largest_side));
  const ImageSize looked_at{picture.width, picture.height};
  ScreenedImage image;
  image.size = {info.width, info.height};
  if (info.orientation >= 5) std::swap(image.size.width, image.size.height);
  image.faces = detector.find(picture, enlargement_of(looked_at, options.largest_side), options.min_score);
  if (image.faces.empty()) return image;
  for (Face& face : image.faces) face = scaled(face, looked_at, image.size);
  Sha256 digest;
  digest.update(bytes);
  image.sha256 = digest.finish();
  if (!options.thumbnails) return image;
  image.thumbnail_size = reduced(looked_at, thumbnail_side);
  const Pixels small = codec::resized(picture, image.thumbnail_size.width, image.thumbnail_size.height);
  image.thumbnail = VISIONSHARD_TRY(codec::encode_jpeg(small, thumbnail_quality, codec::ChromaSampling::half));
  return image;
}

}  // namespace visionshard::screen
