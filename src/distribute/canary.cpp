#include "distribute/canary.h"

#include <array>
#include <vector>

#include "base64/base64.h"
#include "codec/image_info.h"
#include "codec/jpeg.h"
#include "codec/library_versions.h"
#include "codec/png.h"
#include "codec/webp.h"
#include "generate/encoders.h"
#include "generate/random.h"
#include "image/loss.h"
#include "shard/sha256.h"

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
    palette.colours.push_back(
        {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(255 - i), static_cast<std::uint8_t>(i * 5)});
  return palette;
}

// With an EXIF orientation of 6 behind the SOI marker (JEITA CP-3451, section 4.6.4).
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

// One pixel of two colours, 1 0: codes 4 (clear), 1, 5 (end) of 3 bits (GIF89a specification, appendix F).
Bytes gif() {
  return bytes_of(
      std::to_array<unsigned char>({'G', 'I',  'F', '8', '9', 'a', 1, 0, 1, 0, 0x80, 0, 0, 10,   20, 30, 40,  50,
                                    60,  0x2C, 0,   0,   0,   0,   1, 0, 1, 0, 0,    2, 2, 0x4C, 1,  0,  0x3B}));
}

// Two pixels of 8 grey bits without compression (TIFF 6.0, section 4).
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

std::vector<Bytes> corpus() {
  std::vector<Bytes> files;
  const auto add = [&](auto&& made) { files.push_back(std::move(made).value_or(Bytes())); };
  for (const auto sampling :
       {codec::ChromaSampling::full, codec::ChromaSampling::half_width, codec::ChromaSampling::half})
    add(codec::encode_jpeg(picture(3, 1), 92, sampling));
  files.push_back(turned(files.back()));
  add(generate::encode_grey_jpeg(picture(1, 2), 90));
  add(generate::encode_cmyk_jpeg(picture(4, 3), 90));
  for (const int level : {1, 6}) files.push_back(codec::encode_png(picture(3, 4), level));
  files.push_back(codec::encode_png(picture(4, 5), 6));
  files.push_back(generate::encode_grey_png(picture(1, 6)));
  files.push_back(generate::encode_grey_png(picture(2, 6)));
  files.push_back(generate::encode_grey_16_bit_png(picture(1, 7)));
  files.push_back(generate::encode_palette_png(palette_picture()));
  add(codec::encode_webp(picture(3, 10), 80));
  add(codec::encode_webp_lossless(picture(4, 11)));
  files.push_back(bitmap());
  files.push_back(gif());
  files.push_back(tiff());
  return files;
}

void take(shard::Sha256& digest, ByteView file, const Limits& limits, const ImageOptions& options,
          const image::Loss& loss) {
  const auto info = codec::probe(file);
  if (!info) return digest.update(as_bytes(name(info.error().code)));
  const auto plan = image::decide(*info, file.size(), limits, options);
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

std::string canary_digest() {
  shard::Sha256 digest;
  // For what no small picture shows: colour profiles, HEIC.
  digest.update(as_bytes(codec::library_versions()));
  const ImageOptions options;
  for (const Bytes& file : corpus()) {
    digest.update(file);
    for (const std::uint64_t divisor : {1u, 2u}) {
      Limits limits;
      limits.max_image_bytes = divisor == 1 ? no_limit : file.size() / divisor;
      limits.webp = divisor == 2;
      take(digest, file, limits, options, image::Loss());
    }
    take(digest, file, Limits(), options, {.above_bytes = 0, .max_quality = 70, .scale = 0.03});
  }
  return shard::hexadecimal(digest.finish());
}

}  // namespace visionshard::distribute
