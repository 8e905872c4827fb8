// TIFF through libtiff. The only includer of its header is tiff.cpp.
#pragma once

#include "codec/image_info.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// Of the first directory. Faults: corrupt_image, unsupported_format (floating point and other kinds that have no
/// natural 8-bit form).
ImageResult<ImageInfo> probe_tiff(ByteView bytes);

struct TiffSource {
  bool jpeg_compressed = false;
  bool full_chroma = false;  // where it is: chroma is not subsampled
  Bytes profile;  // ICC; empty where there is none or it is not of the decoded samples' space
};

/// The first page as it is stored, without its orientation applied: RGB, or RGBA with alpha not premultiplied.
/// Throws std::bad_alloc.
ImageResult<Pixels> decode_tiff(ByteView bytes, const ImageInfo& info, TiffSource& source);

}  // namespace visionshard::codec
