// Decodes a file to pixels, with everything that encoding them again needs.
#pragma once

#include <visionshard/tokens.h>

#include <optional>

#include "codec/image_info.h"
#include "codec/jpeg/jpeg.h"
#include "codec/pixels.h"
#include "image/conversion.h"

namespace visionshard::image {

struct Decoded {
  codec::Pixels pixels;
  Bytes profile;           // ICC, of the pixels
  codec::JpegSource jpeg;  // of a JPEG source
  Bytes png_chunks;        // of a PNG source: chunks on color that stay true
  bool lossless_webp = false;
  bool jpeg_inside = false;  // of a TIFF source
  bool dropped_profile = false;
};

/// As stored: not turned, CMYK as ink; a JPEG at the smallest eighth of its size that is not below `at_least`. Fault:
/// corrupt_image. Throws std::bad_alloc. Thread-safe.
ImageResult<Decoded> decode(ByteView bytes, const codec::ImageInfo& info, std::optional<ImageSize> at_least = {});

/// Gray PNG and JPEG become RGB without loss, and their profile, which is for gray, goes. The same then holds for 16
/// bits, for turned pictures and for those over the limit: a picture's tones must not depend on its depth or size, and
/// they stay those that training code sees, which does not look at profiles.
bool has_gray_to_keep(const codec::ImageInfo& info) noexcept;

/// RGB(A) in sRGB by way of the profile, which is gone afterwards; what became of it is added to `conversions`. Throws
/// std::bad_alloc.
void make_srgb(Decoded& decoded, const codec::ImageInfo& info, Conversions& conversions);

/// How a decoder that cares for orientation and profile shows the file. Fault: corrupt_image. Throws std::bad_alloc.
ImageResult<codec::Pixels> shown(ByteView bytes, const codec::ImageInfo& info);

}  // namespace visionshard::image
