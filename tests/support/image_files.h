// Small image files made with the libraries themselves, and functions that read them independently of src/.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "codec/pixels.h"

namespace visionshard::test {

struct JpegShape {
  std::uint32_t width = 8;
  std::uint32_t height = 8;
  int components = 3;  // 1 gray, 3 YCbCr, 4 CMYK
  int quality = 90;
  bool progressive = false;
  unsigned restart_interval = 0;  // in MCUs
  int horizontal_sampling = 2;
  int vertical_sampling = 2;
  std::string segments = {};  // whole segments put in after the start marker
};

/// A JPEG of a seeded smooth pattern.
std::string jpeg_file(const JpegShape& shape, unsigned seed = 1);
/// A JPEG of these pixels, of three channels RGB, of four CMYK as it is to be stored; the shape's own size does not
/// count.
std::string jpeg_file(const codec::Pixels& pixels, const JpegShape& shape);
/// A JPEG of these RGB pixels.
std::string jpeg_file(const codec::Pixels& rgb, int quality, int horizontal_sampling = 2, int vertical_sampling = 2);

/// A whole APP1 segment with an Exif structure that holds an orientation and nothing else.
std::string exif_segment(unsigned orientation);

/// Decoded planes as the file stores them, chroma at full size: YCbCr, gray alone, or CMYK.
struct Planes {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int components = 0;
  std::vector<std::uint8_t> samples;  // interleaved

  std::vector<std::uint8_t> plane(int component) const;
};
/// Fails the test where libjpeg has anything to complain about; with `may_warn` only where it refuses the file.
Planes jpeg_planes(const std::string& file, bool may_warn = false);
codec::Pixels jpeg_pixels(const std::string& file);
/// The quantized coefficients of all components' own blocks, without those that only fill up an MCU, by libjpeg. Fails
/// the test where it has anything to complain about.
std::vector<std::int16_t> jpeg_coefficients(const std::string& file);

struct PngShape {
  std::uint32_t width = 8;
  std::uint32_t height = 8;
  int color_type = 2;  // 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGBA
  int depth = 8;
  bool interlaced = false;
  std::vector<std::array<std::uint8_t, 3>> palette = {};
  std::vector<std::uint8_t> palette_alpha = {};
};

/// `rows`: packed as PNG stores them, without filter bytes.
std::string png_file(const PngShape& shape, const std::vector<std::uint8_t>& rows);
std::string png_file(const codec::Pixels& pixels);
codec::Pixels png_pixels(const std::string& file);

std::string webp_file(const codec::Pixels& pixels, bool lossless);

/// A smooth picture with edges and a little noise, compressing about as photographs do.
codec::Pixels photograph(std::uint32_t width, std::uint32_t height, unsigned seed, std::uint32_t channels = 3);
codec::Pixels noise(std::uint32_t width, std::uint32_t height, std::uint32_t channels, unsigned seed);

std::string samples_of(const codec::Pixels& pixels);

}  // namespace visionshard::test
