// Orientation applied to a JPEG's coefficients, through TurboJPEG.
#pragma once

#include "codec/jpeg/structure.h"

namespace visionshard::codec {

/// Returns the file rotated by its orientation, without its Exif and XMP segments, its coefficients otherwise
/// unchanged. Empty if this is not possible: blocks at an edge that would have to move are cut by the picture's border,
/// or TurboJPEG does not know the sampling. Empty also for a damaged file, for which decoding gives a more exact
/// message. Throws std::bad_alloc.
Bytes turned_losslessly(ByteView bytes, const JpegStructure& structure);

}  // namespace visionshard::codec
