// Conversions of a file without decoding its pixels.
#pragma once

#include <optional>

#include "codec/image_info.h"
#include "image/conversion.h"

namespace visionshard::image {

/// Carries out those of `conversions` that need no pixels, one after the other, and removes bytes after the image.
/// Returns nothing if one of them is not possible, for example a JPEG that cannot be rotated in whole blocks. A change
/// of the profile is added to `conversions`. Fault: corrupt_image. Throws std::bad_alloc. Thread-safe.
ImageResult<std::optional<Bytes>> rewritten_losslessly(ByteView bytes, const codec::ImageInfo& info,
                                                       Conversions& conversions);

/// Returns the file without metadata that is not part of the picture: Exif, XMP, text, thumbnails. Color descriptions
/// stay. Nothing where that is more than `max_bytes`: a JPEG of 20 MB is then not copied in vain.
/// `format` is jpeg, png or webp. Fault: corrupt_image. Throws std::bad_alloc. Thread-safe.
ImageResult<std::optional<Bytes>> without_metadata(ByteView bytes, codec::Format format, std::uint64_t max_bytes);

}  // namespace visionshard::image
