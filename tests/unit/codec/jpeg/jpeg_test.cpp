#include "codec/jpeg/jpeg.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "../../../support/image_files.h"
#include "codec/icc.h"
#include "codec/jpeg/recode.h"
#include "codec/jpeg/rewrite.h"
#include "codec/jpeg/rotate.h"

namespace visionshard::codec {
namespace {

using test::JpegShape;

JpegStructure structure_of(const std::string& file) {
  auto structure = read_jpeg_structure(as_bytes(file));
  EXPECT_TRUE(structure) << structure.error().detail;
  return std::move(*structure);
}

void expect_same_luminance_and_no_color(const JpegShape& shape) {
  const std::string gray = test::jpeg_file(shape, shape.width * 100 + shape.height);
  bool dropped = true;
  const std::string color(as_text(gray_to_color(as_bytes(gray), structure_of(gray), dropped)));
  EXPECT_FALSE(dropped);
  const auto info = probe(as_bytes(color));
  ASSERT_TRUE(info) << info.error().detail;
  ASSERT_EQ(info->model, ColorModel::rgb);
  const test::Planes before = test::jpeg_planes(gray), after = test::jpeg_planes(color);
  const std::string what = std::to_string(shape.width) + " x " + std::to_string(shape.height) +
                           (shape.progressive ? ", progressive" : "") + ", restarts " +
                           std::to_string(shape.restart_interval);
  ASSERT_EQ(after.components, 3) << what;
  ASSERT_EQ(after.width, before.width) << what;
  ASSERT_EQ(after.height, before.height) << what;
  ASSERT_EQ(after.plane(0), before.samples) << what;
  const std::vector<std::uint8_t> neutral(before.samples.size(), 128);
  ASSERT_EQ(after.plane(1), neutral) << what;
  ASSERT_EQ(after.plane(2), neutral) << what;
}

TEST(GrayJpegToColor, KeepsTheLuminanceExactly) {
  for (std::uint32_t width = 1; width <= 33; ++width)
    for (std::uint32_t height = 1; height <= 33; ++height)
      for (const bool progressive : {false, true})
        for (const unsigned restarts : {0u, 1u, 3u}) {
          if (restarts > 0 && (width + height) % 3 != 0) continue;
          JpegShape shape{width, height, 1};
          shape.progressive = progressive;
          shape.restart_interval = restarts;
          shape.horizontal_sampling = width % 2 == 0 ? 1 : 2;
          shape.vertical_sampling = height % 2 == 0 ? 1 : 2;
          expect_same_luminance_and_no_color(shape);
          if (HasFatalFailure()) return;
        }
}

// More blocks than one run of empty ones can cover, which is 32,767.
TEST(GrayJpegToColor, KeepsTheLuminanceOfLargePictures) {
  for (const bool progressive : {false, true}) {
    JpegShape shape{3100, 2900, 1, 40};
    shape.progressive = progressive;
    expect_same_luminance_and_no_color(shape);
  }
}

TEST(GrayJpegToColor, LeavesAGrayProfileOutAndOtherSegmentsIn) {
  JpegShape shape{8, 8, 1};
  const std::string comment(
      "\xFF\xFE\0\x05"
      "abc",
      7),
      exif = test::exif_segment(3);
  const std::string profile = std::string("\xFF\xE2\0\x14", 4) + std::string("ICC_PROFILE\0\1\1data", 18);
  shape.segments = comment + profile + exif;
  const std::string gray = test::jpeg_file(shape);
  bool dropped = false;
  const std::string color(as_text(gray_to_color(as_bytes(gray), structure_of(gray), dropped)));
  EXPECT_TRUE(dropped);
  EXPECT_EQ(color.find("ICC_PROFILE"), std::string::npos);
  EXPECT_NE(color.find(comment), std::string::npos);
  EXPECT_NE(color.find(exif), std::string::npos);
  EXPECT_EQ(test::jpeg_planes(color).plane(0), test::jpeg_planes(gray).samples);
}

// The encoder leaves nothing between the last block and the end marker.
TEST(JpegEndMarker, IsPutAfterTheLastByteThatABlockNeeds) {
  const std::string trailers[] = {"", "\xFF", std::string(40, '\0'), "Samsung's own data",
                                  std::string("\xFF\0\xFF\xFF\xD8", 5)};
  for (unsigned size = 1; size < 60; ++size)
    for (const bool progressive : {false, true})
      for (const int components : {1, 3}) {
        JpegShape shape{size, 61 - size, components, 20 + static_cast<int>(size), progressive, size % 3};
        const std::string file = test::jpeg_file(shape, size);
        const std::string cut = file.substr(0, file.size() - 2) + trailers[size % 5];
        const JpegStructure structure = structure_of(cut);
        EXPECT_TRUE(structure.info.end_marker_missing);
        const auto ended = with_end_marker(as_bytes(cut), structure);
        ASSERT_TRUE(ended) << ended.error().detail;
        EXPECT_EQ(as_text(*ended), file) << size << ", progressive " << progressive << ", components " << components;
      }
}

TEST(FirstPicture, IsThePlainFileItWas) {
  const std::string plain = test::jpeg_file({20, 20}), second = test::jpeg_file({8, 8});
  std::string several = plain;
  several.insert(2, std::string("\xFF\xE2\0\x0AMPF\0data", 12));
  several += second;
  const JpegStructure structure = structure_of(several);
  EXPECT_TRUE(structure.info.multi_picture);
  EXPECT_EQ(as_text(still_jpeg(as_bytes(several), structure)), plain);
}

TEST(JpegDecode, ReadsWhatLibjpegReads) {
  for (const bool progressive : {false, true})
    for (const auto& [h, v] : {std::pair{1, 1}, {2, 1}, {2, 2}}) {
      JpegShape shape{37, 19};
      shape.progressive = progressive;
      shape.horizontal_sampling = h;
      shape.vertical_sampling = v;
      const std::string file = test::jpeg_file(shape);
      JpegSource source;
      const auto pixels = decode_jpeg(as_bytes(file), source);
      ASSERT_TRUE(pixels);
      EXPECT_EQ(test::samples_of(*pixels), test::samples_of(test::jpeg_pixels(file)));
      EXPECT_EQ(source.sampling, h == 1   ? ChromaSampling::full
                                 : v == 1 ? ChromaSampling::half_width
                                          : ChromaSampling::half);
    }
}

TEST(JpegDecode, TellsTheQualityAFileWasWrittenWith) {
  for (int quality = 20; quality <= 100; ++quality) {
    JpegShape shape;
    shape.quality = quality;
    JpegSource source;
    ASSERT_TRUE(decode_jpeg(as_bytes(test::jpeg_file(shape)), source));
    EXPECT_NEAR(source.quality, quality, 1) << quality;
  }
}

TEST(JpegDecode, GivesInkAsItIsStoredWithAndWithoutAnAdobeMarker) {
  const std::string with_marker = test::jpeg_file({24, 16, 4});
  const std::size_t marker = with_marker.find("\xFF\xEE");
  ASSERT_NE(marker, std::string::npos);
  std::string without_marker = with_marker;
  without_marker.erase(marker, 16);
  for (const std::string& file : {with_marker, without_marker}) {
    JpegSource source;
    const auto ink = decode_jpeg(as_bytes(file), source);
    ASSERT_TRUE(ink && ink->channels == 4);
    const test::Planes planes = test::jpeg_planes(file);
    EXPECT_EQ(test::samples_of(*ink), std::string(planes.samples.begin(), planes.samples.end()));
  }
}

// The complement formula: each color is what its ink and black let through.
TEST(CmykToSrgb, IsTheComplementWhereThereIsNoProfile) {
  const Pixels cmyk = test::noise(64, 64, 4, 9);
  for (const bool inverted : {true, false}) {
    ProfileUse use = ProfileUse::converted;
    const Pixels rgb = cmyk_to_srgb(cmyk, inverted, {}, use);
    EXPECT_EQ(use, ProfileUse::none);
    ASSERT_EQ(rgb.channels, 3u);
    const auto light = [&](std::size_t i) {
      const int v = std::to_integer<int>(cmyk.data.data()[i]);
      return static_cast<double>(inverted ? v : 255 - v);
    };
    for (std::size_t i = 0; i < std::size_t{64} * 64; ++i)
      for (std::size_t k = 0; k < 3; ++k)
        ASSERT_EQ(std::to_integer<long>(rgb.data.data()[3 * i + k]),
                  std::lround(light(4 * i + k) * light(4 * i + 3) / 255));
  }
}

// T.81 B.2.2 allows four quantization tables; the frame header has eight bits for the number of one.
TEST(JpegDecode, RefusesATableThatCannotBe) {
  for (const unsigned table : {4u, 200u, 255u}) {
    std::string file = test::jpeg_file({16, 16});
    const std::size_t frame = file.find("\xFF\xC0");
    ASSERT_NE(frame, std::string::npos);
    file[frame + 12] = static_cast<char>(table);
    JpegSource source;
    EXPECT_FALSE(decode_jpeg(as_bytes(file), source)) << table;
  }
}

TEST(JpegEncode, IsReadByLibjpegAndLooksLikeThePicture) {
  const Pixels picture = test::photograph(61, 43, 5);
  for (const ChromaSampling sampling : {ChromaSampling::full, ChromaSampling::half_width, ChromaSampling::half}) {
    const auto file = encode_jpeg(picture, 95, sampling);
    ASSERT_TRUE(file);
    const Pixels back = test::jpeg_pixels(std::string(as_text(*file)));
    ASSERT_EQ(back.width, 61u);
    ASSERT_EQ(back.height, 43u);
    double difference = 0;
    for (std::size_t i = 0; i < back.data.size(); ++i)
      difference += std::abs(std::to_integer<int>(back.data.data()[i]) - std::to_integer<int>(picture.data.data()[i]));
    EXPECT_LT(difference / static_cast<double>(back.data.size()), sampling == ChromaSampling::full ? 5 : 14);
  }
}

// In blocks of 8 or 16 pixels every turn is exact but for the rounding of the inverse transform.
TEST(JpegTurn, IsThePictureTurnedWhereTheSizeAllows) {
  for (unsigned orientation = 2; orientation <= 8; ++orientation)
    for (const bool progressive : {false, true}) {
      JpegShape shape{48, 32};
      shape.progressive = progressive;
      shape.horizontal_sampling = shape.vertical_sampling = 1;
      shape.segments = test::exif_segment(orientation);
      const std::string file = test::jpeg_file(shape);
      const auto turned = turned_losslessly(as_bytes(file), structure_of(file));
      ASSERT_FALSE(turned.empty());
      EXPECT_EQ(probe(turned).value().orientation, 1);
      const Pixels expected = oriented(test::jpeg_pixels(file), orientation);
      const Pixels actual = test::jpeg_pixels(std::string(as_text(turned)));
      ASSERT_EQ(actual.width, expected.width);
      ASSERT_EQ(actual.height, expected.height);
      int largest = 0;
      for (std::size_t i = 0; i < actual.data.size(); ++i)
        largest = std::max(largest, std::abs(std::to_integer<int>(actual.data.data()[i]) -
                                             std::to_integer<int>(expected.data.data()[i])));
      EXPECT_LE(largest, 3) << orientation;
    }
}

TEST(JpegTurn, IsLeftUndoneWhereBlocksAreCutByTheBorder) {
  JpegShape shape{50, 33};
  shape.segments = test::exif_segment(3);
  const std::string file = test::jpeg_file(shape);
  const auto turned = turned_losslessly(as_bytes(file), structure_of(file));
  EXPECT_TRUE(turned.empty());
}

}  // namespace
}  // namespace visionshard::codec
