// TIFF through libtiff.
#pragma once

#include "codec/image_info.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// Of the directory that find_tiff_picture finds. `model` is the samples' own. Faults: corrupt_image,
/// unsupported_format (floating point and other kinds that have no natural 8-bit form, compressions that libtiff was
/// built without, camera raw files).
ImageResult<ImageInfo> probe_tiff(ByteView bytes);

struct TiffSource {
  bool jpeg_compressed = false;
  bool full_chroma = false;  // where it is: chroma is not subsampled
  Bytes profile;             // ICC; empty where there is none
};

/// That picture as it is stored, without its orientation applied: RGB, RGBA with alpha not premultiplied, or CMYK
/// where the model says so. Throws std::bad_alloc.
ImageResult<Pixels> decode_tiff(ByteView bytes, const ImageInfo& info, TiffSource& source);

}  // namespace visionshard::codec
