#include "generate/encoders.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

#include "codec/jpeg/compressor.h"
#include "codec/png/filter.h"

namespace visionshard::generate {
namespace {

using codec::Pixels;
using codec::PngFilter;

constexpr std::size_t idat_bytes = 8192;  // as libpng has it by default

ImageResult<Bytes> encode_jpeg(const Pixels& pixels, J_COLOR_SPACE space, int quality,
                               codec::ChromaSampling sampling = codec::ChromaSampling::full) {
  codec::JpegCompressor compressor;
  return compressor.compress("encoded", [&](jpeg_compress_struct& info) {
    codec::set_picture(info, pixels, space, sampling);
    jpeg_set_quality(&info, quality, TRUE);
    codec::write_rows(info, pixels);
  });
}

struct PngLayout {
  std::uint8_t depth;
  std::uint8_t color_type;  // PNG specification, section 11.2.1
  unsigned pixel_bytes;
};

void put_be32(std::byte* to, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) to[i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

template <PngFilter filter>
std::uint8_t predicted(std::uint8_t left, std::uint8_t above, std::uint8_t corner) noexcept {
  if constexpr (filter == PngFilter::none) return 0;
  if constexpr (filter == PngFilter::sub) return left;
  if constexpr (filter == PngFilter::up) return above;
  if constexpr (filter == PngFilter::average) return static_cast<std::uint8_t>((left + above) / 2);
  return static_cast<std::uint8_t>(codec::png_paeth(left, above, corner));
}

// `row` and `above` have a pixel of zeros before the first. Returns the sum of the differences' sizes.
template <PngFilter filter>
unsigned filter_row(const std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes, std::size_t pixel_bytes,
                    std::uint8_t* out) {
  unsigned sum = 0;
  *out++ = static_cast<std::uint8_t>(filter);
  for (std::size_t i = 0; i < row_bytes; ++i) {
    const std::uint8_t guess = predicted<filter>(row[i], above[i + pixel_bytes], above[i]);
    const auto difference = static_cast<std::uint8_t>(row[i + pixel_bytes] - guess);
    out[i] = difference;
    sum += difference < 128 ? difference : 256u - difference;
  }
  return sum;
}

// Palette indexes as they are, all else through filters.
Bytes filtered(ByteView rows, std::uint32_t height, const PngLayout& layout, bool chooses_filter) {
  const std::size_t row_bytes = rows.size() / height, pixel_bytes = layout.pixel_bytes;
  Bytes out((row_bytes + 1) * height);
  auto* to = reinterpret_cast<std::uint8_t*>(out.data());
  std::vector<std::uint8_t> row(row_bytes + pixel_bytes), above(row.size()), candidate(row_bytes + 1);
  for (std::uint32_t y = 0; y < height; ++y, to += row_bytes + 1) {
    std::memcpy(row.data() + pixel_bytes, rows.data() + y * row_bytes, row_bytes);
    if (layout.color_type == 3) {
      filter_row<PngFilter::none>(row.data(), above.data(), row_bytes, pixel_bytes, to);
      continue;
    }
    unsigned least = filter_row<PngFilter::sub>(row.data(), above.data(), row_bytes, pixel_bytes, to);
    const auto attempt = [&](auto filter_with) {
      const unsigned sum = filter_with(row.data(), above.data(), row_bytes, pixel_bytes, candidate.data());
      if (sum >= least) return;
      least = sum;
      std::memcpy(to, candidate.data(), candidate.size());
    };
    if (chooses_filter) {
      attempt(filter_row<PngFilter::up>);
      attempt(filter_row<PngFilter::average>);
      attempt(filter_row<PngFilter::paeth>);
    }
    row.swap(above);
  }
  return out;
}

Bytes deflated(ByteView data, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(level), libdeflate_free_compressor);
  if (!compressor) throw std::bad_alloc();
  Bytes out(libdeflate_zlib_compress_bound(compressor.get(), data.size()));
  out.resize(libdeflate_zlib_compress(compressor.get(), data.data(), data.size(), out.data(), out.size()));
  return out;
}

// A whole chunk: length, type of four letters, data, checksum of type and data.
void append_png_chunk(Bytes& out, std::string_view type, ByteView data) {
  std::byte number[4];
  put_be32(number, static_cast<std::uint32_t>(data.size()));
  out.append(number);
  const std::size_t from = out.size();
  out.append(as_bytes(type));
  out.append(data);
  put_be32(number, crc32_of(out.view().subspan(from)));
  out.append(number);
}

Bytes png_file(std::uint32_t width, std::uint32_t height, const PngLayout& layout, ByteView rows,
               const PngEffort& effort = {}, ByteView palette = {}) {
  Bytes out;
  out.append(as_bytes("\x89PNG\r\n\x1A\n"));
  std::byte header[13] = {};
  put_be32(header, width);
  put_be32(header + 4, height);
  header[8] = static_cast<std::byte>(layout.depth);
  header[9] = static_cast<std::byte>(layout.color_type);
  append_png_chunk(out, "IHDR", header);
  if (!palette.empty()) append_png_chunk(out, "PLTE", palette);
  const Bytes data = deflated(filtered(rows, height, layout, effort.chooses_filter), effort.level);
  out.reserve(out.size() + data.size() + (data.size() / idat_bytes + 2) * 12);
  for (std::size_t at = 0; at < data.size(); at += idat_bytes)
    append_png_chunk(out, "IDAT", data.view().subspan(at, std::min(idat_bytes, data.size() - at)));
  append_png_chunk(out, "IEND", {});
  return out;
}

}  // namespace

ImageResult<Bytes> encode_rgb_jpeg(const Pixels& rgb, int quality, codec::ChromaSampling sampling) {
  return encode_jpeg(rgb, JCS_RGB, quality, sampling);
}

ImageResult<Bytes> encode_gray_jpeg(const Pixels& gray, int quality) {
  return encode_jpeg(gray, JCS_GRAYSCALE, quality);
}

ImageResult<Bytes> encode_cmyk_jpeg(const Pixels& cmyk, int quality) {
  Pixels inverted(cmyk.width, cmyk.height, 4);
  for (std::size_t i = 0; i < cmyk.data.size(); ++i) inverted.data.data()[i] = ~cmyk.data.data()[i];
  return encode_jpeg(inverted, JCS_CMYK, quality);
}

Bytes encode_rgb_png(const Pixels& pixels, const PngEffort& effort) {
  const bool alpha = pixels.channels == 4;
  return png_file(pixels.width, pixels.height, {8, static_cast<std::uint8_t>(alpha ? 6 : 2), pixels.channels},
                  pixels.data, effort);
}

Bytes encode_gray_png(const Pixels& pixels) {
  const bool alpha = pixels.channels == 2;
  return png_file(pixels.width, pixels.height, {8, static_cast<std::uint8_t>(alpha ? 4 : 0), pixels.channels},
                  pixels.data);
}

Bytes encode_gray_16_bit_png(const Pixels& gray) {
  Bytes rows(gray.data.size() * 2);
  for (std::size_t i = 0; i < gray.data.size(); ++i) rows.data()[2 * i] = rows.data()[2 * i + 1] = gray.data.data()[i];
  return png_file(gray.width, gray.height, {16, 0, 2}, rows);
}

Bytes encode_palette_png(const PalettePicture& picture) {
  return png_file(picture.indexes.width, picture.indexes.height, {8, 3, 1}, picture.indexes.data, {},
                  std::as_bytes(std::span(picture.colors)));
}

std::uint32_t crc32_of(ByteView bytes) noexcept { return libdeflate_crc32(0, bytes.data(), bytes.size()); }

}  // namespace visionshard::generate
