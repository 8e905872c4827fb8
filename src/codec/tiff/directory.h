// Which directory of a TIFF file is the picture, and what its tags say as the file has them: libtiff fills in missing
// ones, and changes a palette picture without palette to gray.
#pragma once

#include <optional>

#include "codec/image_info.h"

namespace visionshard::codec {

struct TiffDirectory {
  std::uint64_t offset = 0;
  std::optional<std::uint16_t> photometric;
  std::uint16_t compression = 1;
  bool has_bits_per_sample = false;
  std::optional<std::uint8_t> orientation;  // its own tag, that of the directory it is a child of, or XMP
};

/// The first directory that is not marked as a reduced-resolution copy or a mask, else the first such child (SubIFDs)
/// of any; the first of all where every one is marked. Fault: unsupported_format for a camera's raw file, with its
/// name; corrupt_image where there is no directory. Reads at most some hundred directories. Thread-safe.
ImageResult<TiffDirectory> find_tiff_picture(ByteView bytes);

}  // namespace visionshard::codec
