// Encodes pixels to a file of at most a number of bytes, with the smallest loss.
#pragma once

#include <visionshard/options.h>

#include <optional>

#include "codec/image_info.h"
#include "codec/jpeg/jpeg.h"
#include "codec/pixels.h"
#include "image/conversion.h"

namespace visionshard::image {

struct ShrinkSource {
  codec::Format format;
  codec::JpegSource jpeg;  // where format is jpeg
  bool may_resize = true;  // there is memory for a second picture
};

struct Shrunk {
  codec::Format format;
  Bytes bytes;
  Conversion how;
  unsigned encodes = 0;  // of the whole picture
};

/// Whether a sample of rows shows that no PNG of `pixels` is within the limit. Throws std::bad_alloc.
bool fits_no_png(const codec::Pixels& pixels, std::uint64_t limit_bytes);

/// Returns the file with the cheapest lossless compression that fits, if a sample of the rows predicts that one does.
/// `chunks` go before the image data. `pixels` are gone where a file is returned. Throws std::bad_alloc.
std::optional<Bytes> smaller_png(codec::Pixels& pixels, std::uint64_t limit_bytes, ByteView chunks);

/// Tries, in this order: JPEG (opaque) or WebP (with alpha) at the highest quality that fits; smaller dimensions.
/// Nothing where the picture must be resized and may not. Fault: cannot_fit. Throws std::bad_alloc.
ImageResult<std::optional<Shrunk>> shrink(codec::Pixels pixels, const ShrinkSource& source, const Limits& limits,
                                          const ImageOptions& options);

}  // namespace visionshard::image
