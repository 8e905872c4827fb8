#include "codec/tiff/units.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include "codec/tiff/memory_file.h"

namespace visionshard::codec {

TiffUnits::TiffUnits(TIFF* tiff, std::uint64_t file_bytes, const ImageInfo& info, const TiffLayout& layout)
    : tiff_(tiff), file_bytes_(file_bytes), info_(info), layout_(layout), tiled_(TIFFIsTiled(tiff) != 0) {
  width_ = tiled_ ? tiff_field<std::uint32_t>(tiff, TIFFTAG_TILEWIDTH) : info.width;
  height_ = tiled_ ? tiff_field<std::uint32_t>(tiff, TIFFTAG_TILELENGTH)
                   : std::min(tiff_field<std::uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP), info.height);
  unit_bytes_ = tiled_ ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
  row_bytes_ = static_cast<std::size_t>(tiled_ ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff));
}

bool TiffUnits::plausible() const noexcept {
  constexpr std::uint64_t small_unit_bytes = 32 << 20;
  const std::uint64_t planes = layout_.separate_planes ? layout_.samples : 1;
  const std::size_t min_row =
      (std::size_t{width_} * layout_.bits * (layout_.separate_planes ? 1 : layout_.samples) + 7) / 8;
  return unit_bytes_ > 0 && width_ > 0 && height_ > 0 && row_bytes_ >= min_row && planes <= 64 &&
         static_cast<std::uint64_t>(unit_bytes_) * planes <= 16 * info_.pixels() + small_unit_bytes;
}

bool TiffUnits::read(Pixels& pixels) {
  const std::uint16_t planes = layout_.separate_planes ? static_cast<std::uint16_t>(layout_.samples) : std::uint16_t{1};
  std::vector<Bytes> units(planes);
  for (Bytes& unit : units) unit.resize(static_cast<std::size_t>(unit_bytes_));
  std::vector<const std::uint8_t*> rows(planes);
  for (std::uint32_t top = 0; top < info_.height; top += height_)
    for (std::uint32_t left = 0; left < info_.width; left += width_) {
      const std::uint32_t down = std::min(height_, info_.height - top), across = std::min(width_, info_.width - left);
      for (std::uint16_t p = 0; p < planes; ++p)
        if (!read_unit(left, top, p, units[p], down)) return false;
      for (std::uint32_t y = 0; y < down; ++y) {
        for (std::uint16_t p = 0; p < planes; ++p)
          rows[p] = reinterpret_cast<const std::uint8_t*>(units[p].data()) + y * row_bytes_;
        widen_tiff_row(layout_, rows, across, pixels.row(top + y) + std::size_t{left} * pixels.channels);
      }
    }
  return true;
}

// zlib, row by row, does not look at the checksum, and libdeflate, in one go, stops without a word where a strip
// holds more rows than the picture: so the one reads and the other checks.
bool TiffUnits::deflated_soundly(std::uint32_t unit) const {
  const auto compression = tiff_field<std::uint16_t>(tiff_, TIFFTAG_COMPRESSION);
  if (compression != COMPRESSION_ADOBE_DEFLATE && compression != COMPRESSION_DEFLATE) return true;
  if (tiff_field<std::uint16_t>(tiff_, TIFFTAG_FILLORDER) != FILLORDER_MSB2LSB) return true;
  const std::uint64_t packed_bytes = TIFFGetStrileByteCount(tiff_, unit);
  if (packed_bytes > file_bytes_) return false;
  Bytes packed(packed_bytes);
  const auto size = static_cast<tmsize_t>(packed_bytes);
  if ((tiled_ ? TIFFReadRawTile(tiff_, unit, packed.data(), size)
              : TIFFReadRawStrip(tiff_, unit, packed.data(), size)) != size)
    return false;
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!inflater) throw std::bad_alloc();
  // Space for a whole strip; the last strip may be shorter.
  Bytes out(static_cast<std::size_t>(unit_bytes_) + (64 << 10));
  std::size_t out_bytes = 0;
  return libdeflate_zlib_decompress(inflater.get(), packed.data(), packed.size(), out.data(), out.size(), &out_bytes) !=
         LIBDEFLATE_BAD_DATA;
}

bool TiffUnits::read_unit(std::uint32_t left, std::uint32_t top, std::uint16_t plane, Bytes& unit, std::uint32_t rows) {
  const std::uint32_t number =
      tiled_ ? TIFFComputeTile(tiff_, left, top, 0, plane) : TIFFComputeStrip(tiff_, top, plane);
  if (!deflated_soundly(number)) return false;
  const tmsize_t got = tiled_ ? TIFFReadEncodedTile(tiff_, number, unit.data(), unit_bytes_)
                              : TIFFReadEncodedStrip(tiff_, number, unit.data(), unit_bytes_);
  return got >= static_cast<tmsize_t>(rows * row_bytes_);
}

}  // namespace visionshard::codec
