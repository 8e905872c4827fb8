// BMP: uncompressed, bit fields and run-length coded, with the headers of OS/2 and of Windows up to version 5.
#pragma once

#include "codec/image_info.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// Faults: corrupt_image, unsupported_format (JPEG or PNG inside, odd depths).
ImageResult<ImageInfo> probe_bmp(ByteView bytes);

/// RGB, or RGBA where the header names an alpha mask. `profile` gets the ICC profile of a version 5 header, if any.
/// Throws std::bad_alloc. Fault: corrupt_image.
ImageResult<Pixels> decode_bmp(ByteView bytes, const ImageInfo& info, Bytes& profile);

}  // namespace visionshard::codec
