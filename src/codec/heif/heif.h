// HEIC and AVIF through libheif, in builds that have it.
#pragma once

#include <string>

#include "codec/image_info.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// Whether an image, or a request for its version, needed the library so far. Thread-safe.
bool heif_was_needed() noexcept;

/// Of the library, which it loads; "none" where there is none, and in builds that read no HEIC and AVIF. Throws
/// std::bad_alloc.
std::string heif_version();

/// Of the primary image. `format` is heic or avif. Faults: corrupt_image, unsupported_format (also where the
/// library is not there, which it then names).
ImageResult<ImageInfo> probe_heif(ByteView bytes, Format format);

/// The primary image, upright. `profile` gets its ICC profile, if any. Throws std::bad_alloc.
ImageResult<Pixels> decode_heif(ByteView bytes, const ImageInfo& info, Bytes& profile);

}  // namespace visionshard::codec
