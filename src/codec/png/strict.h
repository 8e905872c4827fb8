// PNG through libpng, row by row and by the book.
#pragma once

#include "base/result.h"
#include "codec/image_info.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// What decode_png gives, or libpng's reason why it cannot be had. Throws std::bad_alloc. Fault: corrupt_image.
ImageResult<Pixels> decode_png_strictly(ByteView bytes, const ImageInfo& info);

}  // namespace visionshard::codec
