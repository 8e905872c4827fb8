// Orientation applied to a JPEG's coefficients, through TurboJPEG. The only includer of its header is jpeg_turn.cpp.
#pragma once

#include "base/result.h"
#include "codec/jpeg_structure.h"

namespace visionshard::codec {

/// The file turned as its Exif orientation says, without its Exif segments, its coefficients otherwise untouched. Empty
/// where the size does not allow it: blocks at an edge that would have to move are cut by the picture's border.
/// Throws std::bad_alloc.
ImageResult<Bytes> turned_losslessly(ByteView bytes, const JpegStructure& structure);

}  // namespace visionshard::codec
