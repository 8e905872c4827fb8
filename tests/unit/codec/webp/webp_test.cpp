#include "codec/webp/webp.h"

#include <gtest/gtest.h>
#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include <string>
#include <vector>

#include "../../../support/image_files.h"
#include "../../../support/seeded_random.h"
#include "codec/image_info.h"
#include "codec/webp/structure.h"

namespace visionshard::codec {
namespace {

struct Encoding {
  bool lossless = false;
  float quality = 75;
  int method = 4, segments = 4, alpha_compression = 1;
};

std::string webp(const Pixels& pixels, const Encoding& encoding) {
  WebPConfig config;
  WebPPicture picture;
  WebPMemoryWriter writer;
  EXPECT_TRUE(WebPConfigInit(&config) != 0 && WebPPictureInit(&picture) != 0);
  WebPMemoryWriterInit(&writer);
  config.lossless = picture.use_argb = encoding.lossless;
  config.quality = encoding.quality;
  config.method = encoding.method;
  config.segments = encoding.segments;
  config.alpha_compression = encoding.alpha_compression;
  picture.width = static_cast<int>(pixels.width);
  picture.height = static_cast<int>(pixels.height);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  const auto import = pixels.channels == 4 ? WebPPictureImportRGBA : WebPPictureImportRGB;
  EXPECT_NE(import(&picture, pixels.row(0), static_cast<int>(pixels.stride())), 0);
  EXPECT_NE(WebPEncode(&config, &picture), 0);
  std::string file(reinterpret_cast<const char*>(writer.mem), writer.size);
  WebPPictureFree(&picture);
  WebPMemoryWriterClear(&writer);
  return file;
}

const std::vector<std::string>& files() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made;
    for (const std::uint32_t channels : {3u, 4u})
      for (const auto& [width, height] : {std::pair{1u, 1u}, {17u, 33u}, {60u, 45u}}) {
        Pixels photo = test::photograph(width, height, 1, channels);
        Pixels flat(width, height, channels);
        std::memset(flat.data.data(), 200, flat.data.size());
        for (Pixels* const picture : {&photo, &flat})
          for (const int method : {0, 4}) {
            for (const float quality : {0.F, 50.F, 100.F}) {
              made.push_back(webp(*picture, {true, quality, method}));
              made.push_back(webp(*picture, {false, quality, method, 1, 0}));
              made.push_back(webp(*picture, {false, quality, method}));
            }
          }
      }
    return made;
  }();
  return all;
}

bool takes(const std::string& file) { return probe(as_bytes(file)).has_value(); }

// As Pillow and browsers read it: the demultiplexer, then the whole picture.
bool libwebp_reads(const std::string& file) {
  const WebPData data{reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
  WebPAnimDecoder* const decoder = WebPAnimDecoderNew(&data, nullptr);
  if (decoder == nullptr) return false;
  std::uint8_t* canvas = nullptr;
  int time = 0;
  const bool reads = WebPAnimDecoderGetNext(decoder, &canvas, &time) != 0;
  WebPAnimDecoderDelete(decoder);
  return reads;
}

// Where the data of the chunk of this name begins.
std::size_t data_of(const std::string& file, const std::string& name) { return file.find(name) + 8; }

std::string with(std::string file, std::size_t at, std::uint8_t value) {
  file.at(at) = static_cast<char>(value);
  return file;
}

TEST(WebpHeaders, OfEveryKindThatLibwebpWritesAreTaken) {
  for (const std::string& file : files()) EXPECT_TRUE(takes(file));
}

TEST(WebpHeaders, AreRefusedForWhatDecodersExitOn) {
  const Pixels opaque = test::photograph(64, 48, 1), alpha = test::photograph(64, 48, 1, 4);
  const std::string lossy = webp(opaque, {}), lossless = webp(opaque, {true}), with_alpha = webp(alpha, {});
  const std::size_t vp8 = data_of(lossy, "VP8 "), vp8l = data_of(lossless, "VP8L"), alph = data_of(with_alpha, "ALPH");
  const auto byte = [](const std::string& file, std::size_t at) { return static_cast<std::uint8_t>(file[at]); };
  const std::vector<std::pair<std::string, std::string>> damaged = {
      {"an unknown version", with(lossy, vp8, byte(lossy, vp8) | 0x0E)},
      {"a frame that is not shown", with(lossy, vp8, byte(lossy, vp8) & 0xEF)},
      {"a first partition larger than the data", with(lossy, vp8 + 2, 0xFF)},
      {"no start code", with(lossy, vp8 + 3, 0)},
      {"a first partition far too short for the height", with(lossy, vp8 + 9, 0x3F)},
      {"an unknown version of VP8L", with(lossless, vp8l + 4, byte(lossless, vp8l + 4) | 0xE0)},
      {"no signature of VP8L", with(lossless, vp8l, 0x2E)},
      // Two subtract-green transforms; a color cache of 15 bits (RFC 9649 sections 3.5 and 3.6).
      {"a transform twice", with(lossless, vp8l + 5, 0b101'101)},
      {"a color cache of 15 bits", with(lossless, vp8l + 5, 0b1111'1'0)},
      {"an unknown method of alpha", with(with_alpha, alph, byte(with_alpha, alph) | 3)},
      {"an unknown preprocessing of alpha", with(with_alpha, alph, byte(with_alpha, alph) | 0x20)},
      {"raw alpha that is cut off", with(with_alpha, alph, byte(with_alpha, alph) & 0xFC)},
  };
  for (const auto& [what, file] : damaged) {
    EXPECT_FALSE(libwebp_reads(file)) << what;
    EXPECT_FALSE(takes(file)) << what;
  }
}

TEST(WebpHeaders, AreNotRefusedWhereLibwebpReadsTheDamagedFile) {
  test::SeededRandom random(1);
  std::size_t read = 0, taken_in_vain = 0;
  for (int i = 0; i < 6000; ++i) {
    std::string file = files()[random.below(files().size())];
    const std::size_t alpha = file.find("ALPH"), image = file.find("VP8", 20) < 60 ? file.find("VP8", 20) : 12;
    const std::size_t from = random.one_in(2) && alpha != std::string::npos ? alpha : image;
    for (std::size_t n = random.between(1, 2); n > 0; --n)
      file[std::min(from + 8 + random.below(40), file.size() - 1)] = random.byte();
    if (libwebp_reads(file)) {
      ASSERT_TRUE(takes(file)) << i;
      ++read;
    } else {
      taken_in_vain += takes(file);
    }
  }
  EXPECT_GT(read, 1000u);
  // Of some four thousand; what is left has its damage after the first pixels.
  EXPECT_LT(taken_in_vain, 1400u) << read;
}

// Its prediction modes alone would take more than the format has room for (RFC 9649: a first partition of 19 bits).
TEST(WebpEncoder, WritesLargePicturesOfFineDetail) {
  Pixels noise(6000, 4800, 3);
  test::SeededRandom random(2);
  for (std::size_t i = 0; i < noise.data.size(); ++i) noise.data.data()[i] = static_cast<std::byte>(random.byte());
  const auto file = encode_webp(noise, 95, fast_webp_method);
  ASSERT_TRUE(file.has_value());
  int width = 0, height = 0;
  EXPECT_EQ(WebPGetInfo(as_uchar(*file), file->size(), &width, &height), 1);
  EXPECT_EQ(width, 6000);
  EXPECT_EQ(height, 4800);
}

TEST(WebpEncoder, MakesNoAlphaOfAnOpaquePicture) {
  Pixels pixels(17, 33, 4);
  std::fill_n(pixels.data.data(), pixels.data.size(), std::byte{255});
  const auto alpha = encode_webp_alpha(pixels, usual_webp_method);
  ASSERT_TRUE(alpha);
  EXPECT_EQ(alpha->size(), 0u);
}

// libwebp's own file is the judge.
TEST(WebpEncoder, MakesTheSameFileInTwoParts) {
  test::SeededRandom random(3);
  for (const int method : {fast_webp_method, usual_webp_method})
    for (const auto& [width, height] : {std::pair{1u, 1u}, {17u, 33u}, {160u, 91u}}) {
      Pixels pixels(width, height, 4);
      for (std::size_t i = 0; i < pixels.data.size(); ++i)
        pixels.data.data()[i] = static_cast<std::byte>(random.one_in(3) ? 0 : random.below(i % 4 == 3 ? 255 : 256));
      const auto whole = encode_webp(pixels, 80, method);
      const auto colors = encode_webp_colors(pixels, 80, method);
      const auto alpha = encode_webp_alpha(pixels, method);
      ASSERT_TRUE(whole && colors && alpha);
      const Bytes joined = webp_with_alpha(*colors, *read_webp_structure(*colors), *alpha);
      EXPECT_EQ(as_text(joined), as_text(*whole)) << width << " x " << height;
      EXPECT_LE(joined.size(), colors->size() + webp_alpha_bytes(*alpha));
    }
}

}  // namespace
}  // namespace visionshard::codec
