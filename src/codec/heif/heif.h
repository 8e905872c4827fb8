// HEIC and AVIF through libheif, in builds that have it.
#pragma once

#include "codec/image_info.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// Of the library that runs; "none" in builds that read no HEIC and AVIF.
const char* heif_version() noexcept;

/// Of the primary image. `format` is heic or avif. Faults: corrupt_image, unsupported_format (also in builds without
/// the library, which it then names).
ImageResult<ImageInfo> probe_heif(ByteView bytes, Format format);

/// The primary image, upright. `profile` gets its ICC profile, if any. Throws std::bad_alloc.
ImageResult<Pixels> decode_heif(ByteView bytes, const ImageInfo& info, Bytes& profile);

}  // namespace visionshard::codec
