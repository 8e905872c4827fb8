// JPEG XL through libjxl, in builds that have it.
#pragma once

#include <string>

#include "codec/image_info.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// Whether an image, or a request for its version, needed the library so far. Thread-safe.
bool jpeg_xl_was_needed() noexcept;

/// Of the library, which it loads; "none" where there is none, and in builds that read no JPEG XL. Throws
/// std::bad_alloc.
std::string jpeg_xl_version();

/// Size and model as shown: turned. Faults: corrupt_image, unsupported_format (CMYK, very many channels; also in builds
/// without the library, which it then names).
ImageResult<ImageInfo> probe_jpeg_xl(ByteView bytes);

/// The first frame, turned. `profile` gets the ICC profile that its samples are in. Fault: corrupt_image. Throws
/// std::bad_alloc.
ImageResult<Pixels> decode_jpeg_xl(ByteView bytes, const ImageInfo& info, Bytes& profile);

/// The JPEG file that the image was made of (ISO/IEC 18181-2, annex A); empty where it cannot be made again or
/// takes more than `max_bytes`: its metadata may be compressed a thousandfold. Throws std::bad_alloc.
Bytes jpeg_of_jpeg_xl(ByteView bytes, std::size_t max_bytes);

}  // namespace visionshard::codec
