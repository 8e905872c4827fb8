// What can be done to a file without decoding its pixels.
#pragma once

#include <optional>

#include "codec/image_info.h"
#include "image/conversion.h"

namespace visionshard::image {

/// Carries out those of `conversions` that need no pixels, one after the other, and cuts off what follows the image.
/// Nothing where one of them cannot be done so: a JPEG that cannot be turned in whole blocks, say. What happens to a
/// profile on the way is added to `conversions`. Fault: corrupt_image. Throws std::bad_alloc. Thread-safe.
ImageResult<std::optional<Bytes>> rewritten_losslessly(ByteView bytes, const codec::ImageInfo& info,
                                                       Conversions& conversions);

/// The file without what is no part of the picture: Exif, XMP, text, thumbnails. Color descriptions stay.
/// `format` is jpeg, png or webp. Fault: corrupt_image. Throws std::bad_alloc. Thread-safe.
ImageResult<Bytes> without_metadata(ByteView bytes, codec::Format format);

}  // namespace visionshard::image
