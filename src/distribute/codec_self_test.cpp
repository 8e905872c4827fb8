#include "distribute/codec_self_test.h"

#include <array>
#include <vector>

#include "base/sha256.h"
#include "base64/base64.h"
#include "codec/image_info.h"
#include "codec/jpeg/jpeg.h"
#include "codec/library_versions.h"
#include "codec/png/png.h"
#include "codec/webp/webp.h"
#include "generate/encoders.h"
#include "generate/random.h"
#include "image/degradation.h"

namespace visionshard::distribute {
namespace {

constexpr std::uint32_t width = 40, height = 24;

// Ramps with grain, by integers alone: nothing in it depends on a library.
codec::Pixels picture(std::uint32_t channels, std::uint64_t seed) {
  codec::Pixels pixels(width, height, channels);
  generate::Random random(seed);
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x)
      for (std::uint32_t c = 0; c < channels; ++c) {
        const std::uint32_t ramp = c == 0   ? x * 255 / width
                                   : c == 1 ? y * 255 / height
                                            : (x + y) * 255 / (width + height);
        pixels.row(y)[x * channels + c] = static_cast<std::uint8_t>((ramp * 7 + random.below(256)) / 8);
      }
  return pixels;
}

generate::PalettePicture palette_picture() {
  generate::PalettePicture palette;
  palette.indexes = picture(1, 8);
  for (unsigned i = 0; i < 256; ++i)
    palette.colors.push_back(
        {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(255 - i), static_cast<std::uint8_t>(i * 5)});
  return palette;
}

// With an EXIF orientation of 6 after the SOI marker (JEITA CP-3451, section 4.6.4).
Bytes turned(const Bytes& jpeg) {
  constexpr std::array<unsigned char, 36> app1 = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0,    0,    'M', 'M',
                                                  0,    42,   0, 0,  0,   8,   0,   1,   0x01, 0x12, 0,   3,
                                                  0,    0,    0, 1,  0,   6,   0,   0,   0,    0,    0,   0};
  Bytes file;
  file.append(jpeg.view().first(2));
  file.append(std::as_bytes(std::span(app1)));
  file.append(jpeg.view().subspan(2));
  return file;
}

// 24 bits a pixel, rows from the bottom up (BITMAPINFOHEADER).
Bytes bitmap() {
  const codec::Pixels rgb = picture(3, 9);
  const std::uint32_t data_bytes = width * height * 3;
  std::array<unsigned char, 54> header = {'B', 'M'};
  const auto put = [&](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) header[at + i] = static_cast<unsigned char>(value >> 8 * i);
  };
  put(2, 54 + data_bytes);
  put(10, 54);
  put(14, 40);
  put(18, width);
  put(22, height);
  header[26] = 1;
  header[28] = 24;
  Bytes file;
  file.append(std::as_bytes(std::span(header)));
  file.append(rgb.data);
  return file;
}

template <std::size_t n>
Bytes bytes_of(const std::array<unsigned char, n>& array) {
  Bytes file;
  file.append(std::as_bytes(std::span(array)));
  return file;
}

// One pixel of two colors, 1 0: codes 4 (clear), 1, 5 (end) of 3 bits (GIF89a specification, appendix F).
Bytes gif() {
  return bytes_of(
      std::to_array<unsigned char>({'G', 'I',  'F', '8', '9', 'a', 1, 0, 1, 0, 0x80, 0, 0, 10,   20, 30, 40,  50,
                                    60,  0x2C, 0,   0,   0,   0,   1, 0, 1, 0, 0,    2, 2, 0x4C, 1,  0,  0x3B}));
}

// Two pixels of 8 gray bits without compression (TIFF 6.0, section 4).
Bytes tiff() {
  std::vector<unsigned char> file = {'I', 'I', 42, 0, 8, 0, 0, 0, 9, 0};
  const auto entry = [&](unsigned tag, unsigned type, unsigned value) {
    for (const unsigned number : {tag, type})
      file.insert(file.end(), {static_cast<unsigned char>(number & 255), static_cast<unsigned char>(number >> 8)});
    for (const unsigned number : {1u, value}) file.insert(file.end(), {static_cast<unsigned char>(number), 0, 0, 0});
  };
  constexpr unsigned is_short = 3, is_long = 4, data_at = 10 + 9 * 12 + 4;
  entry(256, is_long, 2);        // ImageWidth
  entry(257, is_long, 1);        // ImageLength
  entry(258, is_short, 8);       // BitsPerSample
  entry(259, is_short, 1);       // Compression: none
  entry(262, is_short, 1);       // PhotometricInterpretation: 0 is black
  entry(273, is_long, data_at);  // StripOffsets
  entry(277, is_short, 1);       // SamplesPerPixel
  entry(278, is_long, 1);        // RowsPerStrip
  entry(279, is_long, 2);        // StripByteCounts
  file.insert(file.end(), {0, 0, 0, 0, 77, 200});
  Bytes bytes;
  bytes.append(std::as_bytes(std::span(file)));
  return bytes;
}

// 12 x 9 pixels, lossy, through opj_compress -r 6 -I -n 3.
Bytes jpeg_2000() {
  return bytes_of(std::to_array<unsigned char>(
      {0xFF, 0x4F, 0xFF, 0x51, 0x00, 0x2F, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0C, 0x00, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00,
       0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0C, 0x00, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
       0x00, 0x00, 0x00, 0x03, 0x07, 0x01, 0x01, 0x07, 0x01, 0x01, 0x07, 0x01, 0x01, 0xFF, 0x52, 0x00, 0x0C, 0x00, 0x00,
       0x00, 0x01, 0x01, 0x02, 0x04, 0x04, 0x00, 0x00, 0xFF, 0x5C, 0x00, 0x11, 0x42, 0x5F, 0x52, 0x50, 0x05, 0x50, 0x05,
       0x50, 0x47, 0x57, 0xD3, 0x57, 0xD3, 0x57, 0x62, 0xFF, 0x90, 0x00, 0x0A, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2C, 0x00,
       0x01, 0xFF, 0x93, 0xC7, 0x85, 0x0B, 0xE8, 0xE2, 0xA0, 0xBB, 0xC7, 0xC0, 0x30, 0x0C, 0xA7, 0xEE, 0x54, 0x94, 0x2C,
       0xCF, 0x88, 0x28, 0x04, 0x01, 0x12, 0x5A, 0x84, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0xFF, 0xD9}));
}

// The same picture through cjxl -d 2: its decoder computes in floating point, by processor.
Bytes jpeg_xl() {
  return bytes_of(std::to_array<unsigned char>(
      {0xFF, 0x0A, 0x40, 0x30, 0x90, 0x50, 0x5C, 0x08, 0x01, 0xFC, 0x01, 0xAB, 0x72, 0x09, 0x00, 0x80, 0x0A, 0x95,
       0x51, 0xC6, 0x0D, 0x5E, 0xCE, 0xF5, 0x7C, 0xF9, 0xA1, 0xC3, 0x62, 0xDA, 0xC6, 0x75, 0x86, 0xB6, 0xDA, 0xB6,
       0xB0, 0x84, 0xB1, 0xD9, 0x5E, 0x18, 0x24, 0x24, 0xC5, 0x45, 0x41, 0xB6, 0x39, 0xBC, 0xBC, 0xF4, 0xB1, 0x3A,
       0x33, 0xE8, 0x08, 0x7C, 0x82, 0x6A, 0x7E, 0xBE, 0xFC, 0xE9, 0xBD, 0x5C, 0xE1, 0x98, 0x0F, 0x65, 0x07, 0x67,
       0x8E, 0xAC, 0x76, 0x8D, 0x39, 0x28, 0x50, 0x21, 0x05, 0x72, 0x00, 0x97, 0xAC, 0xCA, 0x32, 0xA8, 0x6A, 0x8C,
       0x0A, 0x8C, 0x0A, 0x10, 0x10, 0xFE, 0xC2, 0x8B, 0x1E, 0xC3, 0x4F, 0x13, 0xB1, 0xAC, 0xFC, 0x40, 0x39, 0xF0,
       0x5B, 0x8B, 0xF7, 0xB2, 0xE6, 0x7E, 0x0F, 0xEB, 0x8D, 0x29, 0xD6, 0xF5, 0xEA, 0x5D, 0x87, 0xC6, 0xF4, 0x44,
       0xA2, 0x02, 0x2D, 0x50, 0x46, 0xDE, 0x88, 0xA6, 0x69, 0xC1, 0xA8, 0x00}));
}

Bytes netpbm() {
  Bytes file;
  file.append(as_bytes("P6 2 1 1000\n"));
  file.append(bytes_of(std::to_array<unsigned char>({0, 1, 3, 231, 1, 244, 2, 0, 0, 9, 3, 232})));
  return file;
}

std::vector<Bytes> corpus() {
  std::vector<Bytes> files;
  const auto add = [&](auto&& made) { files.push_back(std::move(made).value_or(Bytes())); };
  for (const auto sampling :
       {codec::ChromaSampling::full, codec::ChromaSampling::half_width, codec::ChromaSampling::half})
    add(codec::encode_jpeg(picture(3, 1), 92, sampling));
  files.push_back(turned(files.back()));
  add(generate::encode_gray_jpeg(picture(1, 2), 90));
  add(generate::encode_cmyk_jpeg(picture(4, 3), 90));
  for (const int level : {1, 6}) files.push_back(codec::encode_png(picture(3, 4), level));
  files.push_back(codec::encode_png(picture(4, 5), 6));
  files.push_back(generate::encode_gray_png(picture(1, 6)));
  files.push_back(generate::encode_gray_png(picture(2, 6)));
  files.push_back(generate::encode_gray_16_bit_png(picture(1, 7)));
  files.push_back(generate::encode_palette_png(palette_picture()));
  add(codec::encode_webp(picture(3, 10), 80));
  add(codec::encode_webp_lossless(picture(4, 11)));
  files.push_back(bitmap());
  files.push_back(gif());
  files.push_back(tiff());
  files.push_back(jpeg_2000());
  files.push_back(jpeg_xl());
  files.push_back(netpbm());
  return files;
}

void take(Sha256& digest, ByteView file, const Limits& limits, const ImageOptions& options,
          const image::Degradation& loss) {
  const auto info = codec::probe(file);
  if (!info) return digest.update(as_bytes(name(info.error().code)));
  const auto plan = image::plan_conversion(*info, file.size(), limits, options);
  if (!plan) return digest.update(as_bytes(name(plan.error().code)));
  image::ReducedFits fits(file, *info, *plan, limits, options);
  const auto fitted = fits.fit(image::reduction_for(*info, file.size(), ImageDetail::high, loss));
  if (!fitted) return digest.update(as_bytes(name(fitted.error().code)));
  const ByteView bytes = (*fitted)->bytes;
  Bytes text(base64::encoded_length(bytes.size())), back(base64::decode_capacity(text.size()));
  base64::encode(bytes, reinterpret_cast<char*>(text.data()));
  const base64::Decoded decoded = base64::decode(as_text(text), back.data());
  digest.update(text);
  digest.update(back.view().first(decoded.bytes));
}

}  // namespace

std::string codec_self_test_digest() {
  Sha256 digest;
  // For what no small picture shows: color profiles, HEIC.
  digest.update(as_bytes(codec::library_versions()));
  const ImageOptions options;
  for (const Bytes& file : corpus()) {
    digest.update(file);
    for (const std::uint64_t divisor : {1u, 2u}) {
      Limits limits;
      limits.max_image_bytes = divisor == 1 ? no_limit : file.size() / divisor;
      limits.webp = divisor == 2;
      take(digest, file, limits, options, image::Degradation());
    }
    take(digest, file, Limits(), options, {.above_bytes = 0, .max_quality = 70, .scale = 0.03});
  }
  return hexadecimal(digest.finish());
}

}  // namespace visionshard::distribute
