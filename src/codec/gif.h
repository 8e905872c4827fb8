// GIF through giflib.
#pragma once

#include "codec/image_info.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// Header and first image descriptor (GIF89a, sections 18 and 20), walked without decompressing. Fault: corrupt_image.
ImageResult<ImageInfo> probe_gif(ByteView bytes);

/// The first frame on its canvas, RGB, or RGBA where it has a transparent color. Pixels the frame does not cover are
/// transparent, or of the palette's first color, as Pillow shows them. `profile` gets the ICC profile, if any.
/// Throws std::bad_alloc. Fault: corrupt_image.
ImageResult<Pixels> decode_gif(ByteView bytes, const ImageInfo& info, Bytes& profile);

}  // namespace visionshard::codec
