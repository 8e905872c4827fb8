// Reads the strips or tiles of a picture, all planes of one place side by side.
#pragma once

#include <tiffio.h>

#include "codec/image_info.h"
#include "codec/tiff/samples.h"

namespace visionshard::codec {

/// Not thread-safe.
class TiffUnits {
 public:
  /// All outlive the reader. `file_bytes`: the size of the file.
  TiffUnits(TIFF* tiff, std::uint64_t file_bytes, const ImageInfo& info, const TiffLayout& layout);

  /// False for units that claim to be far larger than the picture: they would be allocated whole.
  bool plausible() const noexcept;
  /// False where a unit is damaged; libtiff's message may tell more. Throws std::bad_alloc.
  bool read(Pixels& pixels);

 private:
  bool deflated_soundly(std::uint32_t unit) const;
  bool read_unit(std::uint32_t left, std::uint32_t top, std::uint16_t plane, Bytes& unit, std::uint32_t rows);

  TIFF* tiff_;
  std::uint64_t file_bytes_;
  const ImageInfo& info_;
  const TiffLayout& layout_;
  bool tiled_;
  std::uint32_t width_ = 0, height_ = 0;
  tmsize_t unit_bytes_ = 0;
  std::size_t row_bytes_ = 0;
};

}  // namespace visionshard::codec
