// Orientation applied to a JPEG's coefficients, through TurboJPEG.
#pragma once

#include "codec/jpeg/structure.h"

namespace visionshard::codec {

/// The file turned as its orientation says, without its Exif and XMP segments, its coefficients otherwise untouched.
/// Empty where that cannot be: blocks at an edge that would have to move are cut by the picture's border, or TurboJPEG
/// does not know the sampling; also where the file is damaged, which decoding it tells more finely. Throws
/// std::bad_alloc.
Bytes turned_losslessly(ByteView bytes, const JpegStructure& structure);

}  // namespace visionshard::codec
