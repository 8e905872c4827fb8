// JPEG 2000, as JP2 file or as bare codestream, through OpenJPEG, in builds that have it.
#pragma once

#include "codec/image_info.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// Of the library that runs; "none" in builds that read no JPEG 2000.
const char* jpeg_2000_version() noexcept;

/// Faults: corrupt_image, unsupported_format (numbers of channels that no picture has; also in builds without the
/// library, which it then names).
ImageResult<ImageInfo> probe_jpeg_2000(ByteView bytes);

/// RGB, RGBA, or CMYK where the info says so; samples are scaled to 8 bits and rounded. `profile` gets the ICC profile,
/// if any. Faults: corrupt_image, unsupported_format (CIE L*a*b*). Throws std::bad_alloc.
ImageResult<Pixels> decode_jpeg_2000(ByteView bytes, const ImageInfo& info, Bytes& profile);

}  // namespace visionshard::codec
