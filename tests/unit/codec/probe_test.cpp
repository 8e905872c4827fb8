#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "../../support/image_files.h"
#include "../../support/seeded_random.h"
#include "codec/image_info.h"
#include "codec/jpeg/jpeg.h"
#include "codec/png/png.h"
#include "codec/webp/webp.h"

namespace visionshard::codec {
namespace {

using test::JpegShape;
using test::PngShape;

// In memory of exactly that size, so that a sanitizer sees one byte too far.
template <class Use>
auto with_exact_memory(std::string_view bytes, Use use) {
  const std::unique_ptr<std::byte[]> copy(new std::byte[bytes.size()]);
  std::copy_n(as_bytes(bytes).data(), bytes.size(), copy.get());
  return use(ByteView(copy.get(), bytes.size()));
}

std::string fault_of(std::string_view bytes) {
  return with_exact_memory(bytes, [](ByteView b) {
    const auto info = probe(b);
    return info ? std::string() : std::string(name(info.error().code));
  });
}

// "corrupt_image" and so on, or "" with the pixels.
std::string decoded(std::string_view bytes, Pixels& pixels) {
  return with_exact_memory(bytes, [&](ByteView b) -> std::string {
    const auto info = probe(b);
    if (!info) return std::string(name(info.error().code));
    JpegSource source;
    ImageResult<Pixels> result;
    if (info->format == Format::jpeg) result = decode_jpeg(b, source);
    if (info->format == Format::png) result = decode_png(b, read_png_structure(b).value());
    if (info->format == Format::webp) result = decode_webp(b, read_webp_structure(b).value());
    if (!result) return std::string(name(result.error().code));
    EXPECT_EQ(result->width, info->width);
    EXPECT_EQ(result->height, info->height);
    pixels = std::move(*result);
    return "";
  });
}

struct Sample {
  std::string name;
  std::string file;
  std::size_t magic_bytes;
};

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = [] {
    JpegShape gray{20, 12}, progressive{20, 12}, restarts{20, 12}, cmyk{9, 9};
    gray.components = 1;
    progressive.progressive = true;
    restarts.restart_interval = 1;
    restarts.segments = test::exif_segment(6);
    cmyk.components = 4;
    PngShape palette{13, 5, 3, 4};
    palette.palette = {{0, 0, 0}, {255, 0, 0}, {1, 2, 3}};
    palette.palette_alpha = {0, 128};
    PngShape interlaced{9, 9, 2, 8, true};
    return std::vector<Sample>{
        {"jpeg", test::jpeg_file({20, 12}), 3},
        {"gray jpeg", test::jpeg_file(gray), 3},
        {"progressive jpeg", test::jpeg_file(progressive), 3},
        {"jpeg with restarts and Exif", test::jpeg_file(restarts), 3},
        {"CMYK jpeg", test::jpeg_file(cmyk), 3},
        {"png", test::png_file(test::photograph(11, 9, 1)), 8},
        {"RGBA png", test::png_file(test::photograph(11, 9, 1, 4)), 8},
        {"palette png", test::png_file(palette, std::vector<std::uint8_t>(7 * 5, 0x12)), 8},
        {"interlaced png", test::png_file(interlaced, std::vector<std::uint8_t>(27 * 9, 0x42)), 8},
        {"lossy webp", test::webp_file(test::photograph(20, 12, 1), false), 12},
        {"lossless webp", test::webp_file(test::photograph(20, 12, 1), true), 12},
        {"lossy webp with alpha", test::webp_file(test::photograph(20, 12, 1, 4), false), 12},
    };
  }();
  return all;
}

TEST(Probe, TakesWholeFiles) {
  for (const Sample& s : samples()) EXPECT_EQ(fault_of(s.file), "") << s.name;
}

TEST(Probe, CallsAFileCutOffAnywhereCorruptButForAJpegsEndMarker) {
  EXPECT_EQ(fault_of(""), "empty_image");
  for (const Sample& s : samples())
    for (std::size_t size = 1; size < s.file.size(); ++size)
      if (s.magic_bytes == 3 && size + 2 >= s.file.size())
        ASSERT_EQ(fault_of(s.file.substr(0, size)), "") << s.name;
      else
        ASSERT_EQ(fault_of(s.file.substr(0, size)), size < s.magic_bytes ? "unknown_format" : "corrupt_image")
            << s.name << " cut to " << size << " of " << s.file.size();
}

TEST(Probe, SurvivesEveryDamagedByte) {
  test::SeededRandom random(1);
  for (const Sample& s : samples())
    for (std::size_t at = 0; at < s.file.size(); ++at)
      for (int i = 0; i < 2; ++i) {
        std::string damaged = s.file;
        damaged[at] = random.byte();
        Pixels pixels;
        const std::string fault = decoded(damaged, pixels);
        if (fault.empty()) {
          ASSERT_EQ(pixels.data.size(), std::size_t{pixels.width} * pixels.height * pixels.channels) << s.name << at;
        }
      }
}

TEST(Probe, NeverTakesADamagedPngForAnotherPicture) {
  for (const Sample& s : samples()) {
    if (s.name.find("png") == std::string::npos) continue;
    Pixels sound;
    ASSERT_EQ(decoded(s.file, sound), "");
    for (std::size_t at = 0; at < s.file.size(); ++at)
      for (const int bit : {0, 3, 7}) {
        std::string damaged = s.file;
        damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
        Pixels pixels;
        if (!decoded(damaged, pixels).empty()) continue;
        // Transparency is kept in an ancillary chunk, which decoders leave out where it is damaged.
        ASSERT_TRUE(s.name == "palette png" || test::samples_of(pixels) == test::samples_of(sound)) << s.name << at;
      }
  }
}

// A progressive file may end after any of its scans, so only a cut baseline file can be detected.
TEST(Probe, NeverTakesAJpegWithAScanCutShortForTheWholePicture) {
  for (const Sample& s : samples()) {
    if (s.magic_bytes != 3 || s.name == "progressive jpeg") continue;
    Pixels whole;
    ASSERT_EQ(decoded(s.file, whole), "");
    for (std::size_t size = s.file.size() - 60; size < s.file.size() - 2; ++size) {
      Pixels pixels;
      if (decoded(s.file.substr(0, size) + "\xFF\xD9", pixels).empty()) {
        EXPECT_EQ(test::samples_of(pixels), test::samples_of(whole)) << s.name << " cut to " << size;
      }
    }
  }
}

TEST(Probe, ReadsWhatTheHeaderSays) {
  JpegShape jpeg{33, 7}, gray{33, 7}, cmyk{33, 7}, turned{33, 7};
  gray.components = 1;
  cmyk.components = 4;
  turned.segments = test::exif_segment(8);
  const auto info_of = [](const std::string& file) { return probe(as_bytes(file)).value(); };
  for (const auto& [shape, model] :
       {std::pair{jpeg, ColorModel::rgb}, {gray, ColorModel::gray}, {cmyk, ColorModel::cmyk}}) {
    const ImageInfo info = info_of(test::jpeg_file(shape));
    EXPECT_EQ(info.format, Format::jpeg);
    EXPECT_EQ(info.width, 33u);
    EXPECT_EQ(info.height, 7u);
    EXPECT_EQ(info.model, model);
    EXPECT_EQ(info.orientation, 1);
    EXPECT_EQ(info.end, test::jpeg_file(shape).size());
  }
  EXPECT_EQ(info_of(test::jpeg_file(turned)).orientation, 8);
  const std::tuple<int, int, ColorModel, std::size_t> kinds[] = {
      {0, 1, ColorModel::gray, 1},  {0, 2, ColorModel::gray, 1},       {0, 4, ColorModel::gray, 2},
      {0, 8, ColorModel::gray, 3},  {0, 16, ColorModel::gray, 6},      {2, 8, ColorModel::rgb, 9},
      {2, 16, ColorModel::rgb, 18}, {4, 8, ColorModel::gray_alpha, 6}, {4, 16, ColorModel::gray_alpha, 12},
      {6, 8, ColorModel::rgba, 12}, {6, 16, ColorModel::rgba, 24}};
  for (const auto& [type, depth, model, row_bytes] : kinds) {
    const std::string file = test::png_file({3, 2, type, depth}, std::vector<std::uint8_t>(row_bytes * 2, 0));
    const ImageInfo info = info_of(file + "trailing");
    EXPECT_EQ(info.format, Format::png);
    EXPECT_EQ(info.width, 3u);
    EXPECT_EQ(info.height, 2u);
    EXPECT_EQ(info.model, model);
    EXPECT_EQ(info.bit_depth, depth);
    EXPECT_EQ(info.end, file.size());
  }
  const ImageInfo webp = info_of(test::webp_file(test::photograph(20, 12, 1, 4), false));
  EXPECT_EQ(webp.format, Format::webp);
  EXPECT_EQ(webp.width, 20u);
  EXPECT_EQ(webp.height, 12u);
  EXPECT_EQ(webp.model, ColorModel::rgba);
}

TEST(Probe, NamesFormatsItDoesNotConvert) {
  const auto detail_of = [](std::string_view bytes) {
    const auto info = probe(as_bytes(bytes));
    return info || info.error().code != FaultCode::unsupported_format ? "" : info.error().detail;
  };
  using namespace std::string_view_literals;
  EXPECT_NE(detail_of("%PDF-1.7"sv).find("PDF"), std::string::npos);
  EXPECT_NE(detail_of("<svg xmlns"sv).find("SVG"), std::string::npos);
  EXPECT_NE(detail_of("8BPS\0\1"sv).find("PSD"), std::string::npos);
  EXPECT_EQ(fault_of("hello, world"), "unknown_format");
  EXPECT_EQ(fault_of("BM is how this text begins"), "unknown_format");
}

TEST(Probe, ReadsNetpbmHeaders) {
  using namespace std::string_view_literals;
  const auto info_of = [](std::string_view bytes) { return probe(as_bytes(bytes)); };
  for (const auto& [bytes, model, depth] :
       {std::tuple{"P1 2 1 01"sv, ColorModel::gray, 1},
        {"P4\n2 1\n\x40"sv, ColorModel::gray, 1},
        {"P2#a comment\n2\t1 # another\n255\n0 9"sv, ColorModel::gray, 8},
        {"P5 2 1 256\n\0\1\1\0"sv, ColorModel::gray, 16},
        {"P6 2 1 7\n123456"sv, ColorModel::rgb, 8},
        {"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n12345678"sv, ColorModel::rgba, 8}}) {
    const auto info = info_of(bytes);
    ASSERT_TRUE(info) << bytes << info.error().detail;
    EXPECT_EQ(info->format, Format::netpbm);
    EXPECT_EQ(info->width, 2u);
    EXPECT_EQ(info->height, 1u);
    EXPECT_EQ(info->model, model) << bytes;
    EXPECT_EQ(info->bit_depth, depth) << bytes;
    EXPECT_EQ(info->loss, nullptr) << bytes;
  }
  for (const std::string_view bytes : {"P6 2 1 7\n12345"sv, "P5 2 1 300\n\0\1\1"sv, "P4 9 2 abc"sv, "P2 2 2 9 1 1"sv}) {
    const auto info = info_of(bytes);
    ASSERT_TRUE(info) << bytes << info.error().detail;
    EXPECT_NE(info->loss, nullptr) << bytes;
  }
  for (const std::string_view bytes :
       {"P6 0 1 7\n1"sv, "P5 2 1 0\n12"sv, "P5 2 1 65536\n1234"sv, "P6 2147483648 1 7\n"sv, "P6 2 x"sv, "P6 2 1 7"sv,
        "P7\nWIDTH 2\nHEIGHT"sv, "P7\nDEPTH x\nENDHDR\n"sv})
    EXPECT_EQ(fault_of(bytes), "corrupt_image") << bytes;
  EXPECT_EQ(fault_of("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE CMYK\nENDHDR\n1234"), "unsupported_format");
}

}  // namespace
}  // namespace visionshard::codec
