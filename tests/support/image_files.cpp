#include "image_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
// jpeglib.h needs FILE and size_t declared before it.
#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>

#include "seeded_random.h"

namespace visionshard::test {
namespace {

codec::Pixels pattern(std::uint32_t width, std::uint32_t height, std::uint32_t channels, unsigned seed) {
  codec::Pixels p(width, height, channels);
  SeededRandom random(seed);
  std::array<double, 4> phase{}, pace{};
  for (std::size_t k = 0; k < 4; ++k) {
    phase[k] = static_cast<double>(random.below(628)) / 100;
    pace[k] = 0.1 + static_cast<double>(random.below(60)) / 100;
  }
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x)
      for (std::uint32_t k = 0; k < channels; ++k)
        p.row(y)[x * channels + k] =
            static_cast<std::uint8_t>(128 + 100 * std::sin(phase[k] + pace[k] * x) * std::cos(pace[3 - k] * y));
  return p;
}

std::string compressed(const codec::Pixels& pixels, J_COLOR_SPACE space, const JpegShape& shape) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &data, &size);
  info.image_width = pixels.width;
  info.image_height = pixels.height;
  info.input_components = static_cast<int>(pixels.channels);
  info.in_color_space = space;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, shape.quality, TRUE);
  info.comp_info[0].h_samp_factor = shape.horizontal_sampling;
  info.comp_info[0].v_samp_factor = shape.vertical_sampling;
  info.restart_interval = shape.restart_interval;
  if (shape.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(pixels.row(info.next_scanline));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  std::string out(reinterpret_cast<const char*>(data), size);
  jpeg_destroy_compress(&info);
  std::free(data);
  return out.insert(2, shape.segments);
}

Planes decompressed(const std::string& file, bool as_rgb, bool may_warn) {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = as_rgb                     ? JCS_RGB
                         : info.num_components == 1 ? JCS_GRAYSCALE
                         : info.num_components == 4 ? JCS_CMYK
                                                    : JCS_YCbCr;
  jpeg_start_decompress(&info);
  Planes planes{info.output_width, info.output_height, info.output_components, {}};
  const std::size_t stride = std::size_t{planes.width} * static_cast<std::size_t>(planes.components);
  planes.samples.resize(stride * planes.height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = planes.samples.data() + stride * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  if (!may_warn) {
    EXPECT_EQ(errors.num_warnings, 0) << "libjpeg warns";
  }
  jpeg_destroy_decompress(&info);
  return planes;
}

}  // namespace

std::vector<std::uint8_t> Planes::plane(int component) const {
  std::vector<std::uint8_t> out;
  for (std::size_t i = static_cast<std::size_t>(component); i < samples.size();
       i += static_cast<std::size_t>(components))
    out.push_back(samples[i]);
  return out;
}

std::string jpeg_file(const JpegShape& shape, unsigned seed) {
  return jpeg_file(pattern(shape.width, shape.height, static_cast<std::uint32_t>(shape.components), seed), shape);
}

std::string jpeg_file(const codec::Pixels& pixels, const JpegShape& shape) {
  return compressed(pixels, pixels.channels == 1 ? JCS_GRAYSCALE : pixels.channels == 3 ? JCS_RGB : JCS_CMYK, shape);
}

std::string jpeg_file(const codec::Pixels& rgb, int quality, int horizontal_sampling, int vertical_sampling) {
  JpegShape shape;
  shape.quality = quality;
  shape.horizontal_sampling = horizontal_sampling;
  shape.vertical_sampling = vertical_sampling;
  return compressed(rgb, JCS_RGB, shape);
}

std::string exif_segment(unsigned orientation) {
  std::string tiff("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18);
  tiff += static_cast<char>(orientation);
  tiff += std::string(7, '\0');
  const std::string body = std::string("Exif\0\0", 6) + tiff;
  return std::string("\xFF\xE1\0", 3) + static_cast<char>(body.size() + 2) + body;
}

Planes jpeg_planes(const std::string& file, bool may_warn) { return decompressed(file, false, may_warn); }

std::vector<std::int16_t> jpeg_coefficients(const std::string& file) {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&info, TRUE);
  jvirt_barray_ptr* const arrays = jpeg_read_coefficients(&info);
  std::vector<std::int16_t> all;
  for (int c = 0; c < info.num_components; ++c)
    for (JDIMENSION y = 0; y < info.comp_info[c].height_in_blocks; ++y) {
      const JBLOCK* const row =
          info.mem->access_virt_barray(reinterpret_cast<j_common_ptr>(&info), arrays[c], y, 1, FALSE)[0];
      for (JDIMENSION x = 0; x < info.comp_info[c].width_in_blocks; ++x) all.insert(all.end(), row[x], row[x] + 64);
    }
  EXPECT_EQ(errors.num_warnings, 0);
  jpeg_destroy_decompress(&info);
  return all;
}

codec::Pixels jpeg_pixels(const std::string& file) {
  const Planes rgb = decompressed(file, true, false);
  codec::Pixels pixels(rgb.width, rgb.height, 3);
  std::memcpy(pixels.data.data(), rgb.samples.data(), rgb.samples.size());
  return pixels;
}

std::string png_file(const PngShape& shape, const std::vector<std::uint8_t>& rows) {
  std::string out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &out,
      [](png_structp p, png_bytep data, png_size_t size) {
        static_cast<std::string*>(png_get_io_ptr(p))->append(reinterpret_cast<const char*>(data), size);
      },
      nullptr);
  png_set_IHDR(png, info, shape.width, shape.height, shape.depth, shape.color_type,
               shape.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette;
  for (const auto& c : shape.palette) palette.push_back({c[0], c[1], c[2]});
  if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  if (!shape.palette_alpha.empty())
    png_set_tRNS(png, info, shape.palette_alpha.data(), static_cast<int>(shape.palette_alpha.size()), nullptr);
  png_write_info(png, info);
  const std::size_t stride = png_get_rowbytes(png, info);
  EXPECT_EQ(rows.size(), stride * shape.height);
  std::vector<png_bytep> pointers;
  for (std::uint32_t y = 0; y < shape.height; ++y) pointers.push_back(const_cast<png_bytep>(rows.data()) + y * stride);
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return out;
}

std::string png_file(const codec::Pixels& pixels) {
  PngShape shape;
  shape.width = pixels.width;
  shape.height = pixels.height;
  shape.color_type = pixels.channels == 4 ? 6 : 2;
  const auto* const data = reinterpret_cast<const std::uint8_t*>(pixels.data.data());
  return png_file(shape, {data, data + pixels.data.size()});
}

// The simplified API checks and expands by itself.
codec::Pixels png_pixels(const std::string& file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, file.data(), file.size()), 0) << image.message;
  const bool alpha = image.format & PNG_FORMAT_FLAG_ALPHA;
  image.format = alpha ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
  codec::Pixels pixels(image.width, image.height, alpha ? 4 : 3);
  EXPECT_NE(png_image_finish_read(&image, nullptr, pixels.data.data(), 0, nullptr), 0) << image.message;
  EXPECT_EQ(image.warning_or_error, 0u) << image.message;
  return pixels;
}

std::string webp_file(const codec::Pixels& pixels, bool lossless) {
  std::uint8_t* data = nullptr;
  const int width = static_cast<int>(pixels.width), height = static_cast<int>(pixels.height);
  const int stride = static_cast<int>(pixels.stride());
  const std::uint8_t* const rows = pixels.row(0);
  const bool alpha = pixels.channels == 4;
  const std::size_t size =
      lossless ? (alpha ? WebPEncodeLosslessRGBA : WebPEncodeLosslessRGB)(rows, width, height, stride, &data)
               : (alpha ? WebPEncodeRGBA : WebPEncodeRGB)(rows, width, height, stride, 80, &data);
  EXPECT_NE(size, 0u);
  std::string out(reinterpret_cast<const char*>(data), size);
  WebPFree(data);
  return out;
}

// Grain that neighboring pixels share, as a sensor's is after demosaicing; white noise has steps in size from one
// quality to the next that no photograph has.
codec::Pixels photograph(std::uint32_t width, std::uint32_t height, unsigned seed, std::uint32_t channels) {
  codec::Pixels p(width, height, channels);
  SeededRandom random(seed);
  const double a = 3 + static_cast<double>(random.below(9)), b = 2 + static_cast<double>(random.below(9));
  const std::size_t level = random.between(6, 40);
  std::vector<double> above(std::size_t{width} * channels, 0);
  for (std::uint32_t y = 0; y < height; ++y) {
    std::array<double, 4> left{};
    for (std::uint32_t x = 0; x < width; ++x) {
      const double u = static_cast<double>(x) / width, v = static_cast<double>(y) / height;
      const double edge = std::fmod(u * a + std::sin(v * b) + 1, 1.0) < 0.5 ? 40 : -40;
      for (std::uint32_t k = 0; k < channels; ++k) {
        const double fresh = static_cast<double>(random.below(level)) - static_cast<double>(level) / 2;
        double& grain = above[std::size_t{x} * channels + k];
        grain = left[k] = 0.5 * fresh + 0.25 * grain + 0.25 * left[k];
        const double smooth = 128 + 60 * std::sin(a * u * (k + 1)) * std::cos(b * v + k) + edge;
        p.row(y)[x * channels + k] = static_cast<std::uint8_t>(std::clamp(smooth + grain, 0.0, 255.0));
      }
    }
  }
  return p;
}

codec::Pixels noise(std::uint32_t width, std::uint32_t height, std::uint32_t channels, unsigned seed) {
  codec::Pixels p(width, height, channels);
  SeededRandom random(seed);
  for (std::size_t i = 0; i < p.data.size(); ++i) p.data.data()[i] = static_cast<std::byte>(random.byte());
  return p;
}

std::string samples_of(const codec::Pixels& pixels) { return std::string(as_text(pixels.data)); }

}  // namespace visionshard::test
