// What the header and the container of an image say, before any pixel is decoded.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace visionshard::codec {

enum class Format : std::uint8_t { unknown, jpeg, png, webp, gif, bmp, tiff, heic, avif, jpeg_2000, jpeg_xl, netpbm };

enum class ColorModel : std::uint8_t { gray, gray_alpha, palette, rgb, rgba, cmyk };

struct ImageInfo {
  Format format = Format::unknown;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  ColorModel model = ColorModel::rgb;
  std::uint8_t bit_depth = 8;
  std::uint8_t orientation = 1;        // Exif 2.32, tag 0x0112: 1 to 8
  bool transparency = false;           // PNG tRNS; an alpha channel is part of the model
  bool interlaced = false;             // PNG
  bool animated = false;               // APNG, animated WebP
  bool has_whole_first_frame = false;  // animated WebP: the first frame covers the canvas, so its chunks show the same
  bool multi_picture = false;          // CIPA DC-007 MPF segment
  bool one_scan = false;               // JPEG: three components, Huffman-coded in one sequential scan
  bool has_profile = false;            // JPEG: ICC segments
  bool arithmetic = false;             // JPEG: coded so, which Pillow and ffmpeg cannot read
  bool end_marker_missing = false;     // JPEG: after the last scan
  bool holds_jpeg = false;             // JPEG XL: a JPEG can be made of it again, byte for byte
  bool full_chroma = false;            // HEIC, AVIF: more chroma samples than one to four pixels
  bool damaged_metadata = false;       // of which some decoder makes a fault of the file; it can be left out
  const char* loss = nullptr;  // why pixels are known to be missing although the header is sound; nullptr: none are
  std::uint64_t decoder_bytes = 0;  // JPEG 2000: what the decoder takes for its tiles and blocks
  std::uint32_t channels = 0;       // JPEG 2000, JPEG XL: as coded
  std::uint64_t coded_pixels = 0;   // HEIC, AVIF: before cropping
  std::size_t end = 0;              // after the image's last byte; what follows is no part of it

  std::uint64_t pixels() const noexcept { return std::uint64_t{width} * height; }
};

/// Detects the format from the first bytes.
Format detect(ByteView bytes) noexcept;

/// "JPEG", "PNG", ... for messages.
std::string_view display_name(Format format) noexcept;

/// "RGB", "gray with alpha", "palette", ... for reports.
std::string_view mode_name(const ImageInfo& info) noexcept;

/// "image/jpeg", "image/png" or "image/webp".
std::string_view media_type(Format format) noexcept;

/// Checks the container without decoding and fills the info. Faults: empty_image, unknown_format, unsupported_format,
/// corrupt_image. Pixel limits are the caller's. Thread-safe; allocates next to nothing.
ImageResult<ImageInfo> probe(ByteView bytes);

}  // namespace visionshard::codec
