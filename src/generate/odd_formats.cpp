#include "generate/odd_formats.h"

#include <libdeflate.h>

#include <memory>

#include "codec/jpeg_library.h"
#include "codec/png_filter.h"

namespace visionshard::generate {
namespace {

using codec::Pixels;
using codec::PngFilter;

constexpr int deflate_level = 6;

class JpegEncoder {
 public:
  JpegEncoder() { info_.err = &errors_.base; }
  ~JpegEncoder() { jpeg_destroy_compress(&info_); }
  JpegEncoder(const JpegEncoder&) = delete;
  JpegEncoder& operator=(const JpegEncoder&) = delete;

  bool encode(const Pixels& pixels, J_COLOR_SPACE space, int quality) {
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_create_compress(&info_);
    output_.attach(&info_);
    info_.image_width = pixels.width;
    info_.image_height = pixels.height;
    info_.input_components = static_cast<int>(pixels.channels);
    info_.in_color_space = space;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, quality, TRUE);
    jpeg_start_compress(&info_, TRUE);
    for (std::uint32_t y = 0; y < pixels.height; ++y) {
      JSAMPROW row = const_cast<JSAMPROW>(pixels.row(y));
      jpeg_write_scanlines(&info_, &row, 1);
    }
    jpeg_finish_compress(&info_);
    return true;
  }

  ImageResult<Bytes> result(bool encoded) {
    if (!encoded) return tl::unexpected(errors_.fault(FaultCode::cannot_fit, "encoded"));
    return output_.take();
  }

 private:
  jpeg_compress_struct info_{};
  codec::JpegErrors errors_;
  codec::JpegOutput output_;
};

struct PngLayout {
  std::uint8_t depth;
  std::uint8_t colour_type;  // PNG specification, section 11.2.1
  unsigned pixel_bytes;
};

void put_be32(std::byte* to, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) to[i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

std::uint8_t predicted(PngFilter filter, std::uint8_t left, std::uint8_t above, std::uint8_t corner) noexcept {
  switch (filter) {
    case PngFilter::none: return 0;
    case PngFilter::sub: return left;
    case PngFilter::up: return above;
    case PngFilter::average: return static_cast<std::uint8_t>((left + above) / 2);
    default: return static_cast<std::uint8_t>(codec::png_paeth(left, above, corner));
  }
}

// `row` and `above` have a pixel of zeros in front. Returns the sum of the differences' sizes.
unsigned filter_row(PngFilter filter, const std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes,
                    std::size_t pixel_bytes, std::uint8_t* out) {
  unsigned sum = 0;
  *out++ = static_cast<std::uint8_t>(filter);
  for (std::size_t i = pixel_bytes; i < row_bytes + pixel_bytes; ++i) {
    const std::uint8_t guess = predicted(filter, row[i - pixel_bytes], above[i], above[i - pixel_bytes]);
    const auto difference = static_cast<std::uint8_t>(row[i] - guess);
    *out++ = difference;
    sum += difference < 128 ? difference : 256u - difference;
  }
  return sum;
}

// Each row through the filter with the smallest differences; palette indexes as they are.
Bytes filtered(ByteView rows, std::uint32_t height, const PngLayout& layout) {
  const std::size_t row_bytes = rows.size() / height, pixel_bytes = layout.pixel_bytes;
  Bytes out((row_bytes + 1) * height);
  auto* to = reinterpret_cast<std::uint8_t*>(out.data());
  std::vector<std::uint8_t> row(row_bytes + pixel_bytes), above(row.size()), candidate(row_bytes + 1);
  for (std::uint32_t y = 0; y < height; ++y, to += row_bytes + 1) {
    std::memcpy(row.data() + pixel_bytes, rows.data() + y * row_bytes, row_bytes);
    if (layout.colour_type == 3) {
      filter_row(PngFilter::none, row.data(), above.data(), row_bytes, pixel_bytes, to);
      continue;
    }
    unsigned least = filter_row(PngFilter::sub, row.data(), above.data(), row_bytes, pixel_bytes, to);
    for (const PngFilter filter : {PngFilter::up, PngFilter::average, PngFilter::paeth}) {
      const unsigned sum = filter_row(filter, row.data(), above.data(), row_bytes, pixel_bytes, candidate.data());
      if (sum >= least) continue;
      least = sum;
      std::memcpy(to, candidate.data(), candidate.size());
    }
    row.swap(above);
  }
  return out;
}

Bytes deflated(ByteView data) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(deflate_level), libdeflate_free_compressor);
  if (!compressor) throw std::bad_alloc();
  Bytes out(libdeflate_zlib_compress_bound(compressor.get(), data.size()));
  out.resize(libdeflate_zlib_compress(compressor.get(), data.data(), data.size(), out.data(), out.size()));
  return out;
}

Bytes png_file(std::uint32_t width, std::uint32_t height, const PngLayout& layout, ByteView rows,
               ByteView palette = {}) {
  Bytes out;
  out.append(as_bytes("\x89PNG\r\n\x1A\n"));
  std::byte header[13] = {};
  put_be32(header, width);
  put_be32(header + 4, height);
  header[8] = static_cast<std::byte>(layout.depth);
  header[9] = static_cast<std::byte>(layout.colour_type);
  append_png_chunk(out, "IHDR", header);
  if (!palette.empty()) append_png_chunk(out, "PLTE", palette);
  append_png_chunk(out, "IDAT", deflated(filtered(rows, height, layout)));
  append_png_chunk(out, "IEND", {});
  return out;
}

}  // namespace

ImageResult<Bytes> encode_grey_jpeg(const Pixels& grey, int quality) {
  JpegEncoder encoder;
  return encoder.result(encoder.encode(grey, JCS_GRAYSCALE, quality));
}

ImageResult<Bytes> encode_cmyk_jpeg(const Pixels& cmyk, int quality) {
  Pixels inverted(cmyk.width, cmyk.height, 4);
  for (std::size_t i = 0; i < cmyk.data.size(); ++i) inverted.data.data()[i] = ~cmyk.data.data()[i];
  JpegEncoder encoder;
  return encoder.result(encoder.encode(inverted, JCS_CMYK, quality));
}

Bytes encode_grey_png(const Pixels& pixels) {
  const bool alpha = pixels.channels == 2;
  return png_file(pixels.width, pixels.height, {8, static_cast<std::uint8_t>(alpha ? 4 : 0), pixels.channels},
                  pixels.data);
}

Bytes encode_grey_16_bit_png(const Pixels& grey) {
  Bytes rows(grey.data.size() * 2);
  for (std::size_t i = 0; i < grey.data.size(); ++i) rows.data()[2 * i] = rows.data()[2 * i + 1] = grey.data.data()[i];
  return png_file(grey.width, grey.height, {16, 0, 2}, rows);
}

Bytes encode_palette_png(const PalettePicture& picture) {
  return png_file(picture.indexes.width, picture.indexes.height, {8, 3, 1}, picture.indexes.data,
                  std::as_bytes(std::span(picture.colours)));
}

void append_png_chunk(Bytes& out, std::string_view type, ByteView data) {
  std::byte number[4];
  put_be32(number, static_cast<std::uint32_t>(data.size()));
  out.append(number);
  const std::size_t from = out.size();
  out.append(as_bytes(type));
  out.append(data);
  put_be32(number, png_checksum(out.view().subspan(from)));
  out.append(number);
}

std::uint32_t png_checksum(ByteView type_and_data) noexcept {
  return libdeflate_crc32(0, type_and_data.data(), type_and_data.size());
}

}  // namespace visionshard::generate
