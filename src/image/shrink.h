// Pixels to a file at or under a number of bytes, with the least loss.
#pragma once

#include <visionshard/options.h>

#include "codec/image_info.h"
#include "codec/jpeg.h"
#include "codec/pixels.h"
#include "image/conversion.h"

namespace visionshard::image {

struct ShrinkSource {
  codec::Format format;
  codec::JpegSource jpeg;  // where format is jpeg
  ByteView png_chunks;     // where format is png: chunks to carry over into a PNG
};

struct Shrunk {
  codec::Format format;
  Bytes bytes;
  Conversion how;
  unsigned encodes = 0;  // of the whole picture
};

/// Tries, in this order: better lossless compression where a sample says that it fits; JPEG (opaque) or WebP (with
/// alpha) at the highest quality that fits; smaller dimensions. Fault: cannot_fit. Throws std::bad_alloc.
ImageResult<Shrunk> shrink(codec::Pixels pixels, const ShrinkSource& source, const Limits& limits,
                           const ImageOptions& options);

}  // namespace visionshard::image
