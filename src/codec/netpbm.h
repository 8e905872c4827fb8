// PBM, PGM, PPM and PAM: plain and raw, 1 to 16 bits a sample (netpbm.sourceforge.net/doc, pbm to pam).
#pragma once

#include "codec/image_info.h"
#include "codec/pixels.h"

namespace visionshard::codec {

/// Whether the bytes start like a file of this family.
bool is_netpbm(ByteView bytes) noexcept;

/// Of the first image. Faults: corrupt_image, unsupported_format (a PAM of other things than gray or RGB).
ImageResult<ImageInfo> probe_netpbm(ByteView bytes);

/// RGB, or RGBA of a PAM with alpha; samples are scaled to 8 bits and rounded. Fault: corrupt_image (also a sample over
/// the file's own maximum). Throws std::bad_alloc.
ImageResult<Pixels> decode_netpbm(ByteView bytes, const ImageInfo& info);

}  // namespace visionshard::codec
