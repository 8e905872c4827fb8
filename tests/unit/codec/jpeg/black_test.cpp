#include "codec/jpeg/black.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "../../../support/image_files.h"
#include "../../../support/seeded_random.h"

namespace visionshard::codec {
namespace {

std::string without_black(const std::string& file) {
  const auto structure = read_jpeg_structure(as_bytes(file));
  if (!structure) return "";
  const auto rgb = cmyk_without_black(as_bytes(file), *structure);
  return rgb ? std::string(as_text(*rgb)) : "";
}

// As it is stored: inverted, so that 255 is no ink.
Pixels stored_cmyk(std::uint32_t width, std::uint32_t height, unsigned seed, std::uint8_t black = 255) {
  Pixels picture = test::photograph(width, height, seed, 4);
  for (std::size_t i = 3; i < picture.data.size(); i += 4) picture.row(0)[i] = black;
  return picture;
}

std::string cmyk_file(const Pixels& stored, int quality = 90, unsigned restart_interval = 0,
                      const std::string& segments = {}) {
  return test::jpeg_file(stored, {0, 0, 4, quality, false, restart_interval, 1, 1, segments});
}

// By libjpeg: three of the source's four planes.
void expect_same_colors(const std::string& rgb, const std::string& cmyk) {
  const test::Planes ink = test::jpeg_planes(cmyk, true);
  const Pixels pixels = test::jpeg_pixels(rgb);
  ASSERT_EQ(pixels.width, ink.width);
  ASSERT_EQ(pixels.height, ink.height);
  for (std::size_t i = 0; i < std::size_t{ink.width} * ink.height; ++i) {
    ASSERT_EQ(ink.samples[4 * i + 3], 255) << i;
    for (std::size_t k = 0; k < 3; ++k) ASSERT_EQ(pixels.row(0)[3 * i + k], ink.samples[4 * i + k]) << i;
  }
}

TEST(CmykWithoutBlack, KeepsEverySampleOfTheColors) {
  for (const unsigned restart_interval : {0u, 1u, 7u})
    for (const auto& [width, height] : {std::pair{1u, 1u}, {8u, 8u}, {17u, 33u}, {150u, 75u}})
      for (int quality = 50; quality <= 100; quality += 5) {
        const std::string file = cmyk_file(stored_cmyk(width, height, width), quality, restart_interval);
        const std::string rgb = without_black(file);
        ASSERT_FALSE(rgb.empty()) << width << " x " << height << ", " << quality << ", " << restart_interval;
        EXPECT_LT(rgb.size(), file.size() + 64);
        expect_same_colors(rgb, file);
      }
}

TEST(CmykWithoutBlack, TakesAPictureThatIsBlackSomewhereForCmyk) {
  for (const std::uint32_t x : {0u, 73u, 149u})
    for (const std::uint32_t y : {0u, 40u, 74u}) {
      Pixels stored = stored_cmyk(150, 75, 1);
      stored.row(y)[4 * x + 3] = 100;
      EXPECT_EQ(without_black(cmyk_file(stored)), "") << x << ", " << y;
    }
  EXPECT_EQ(without_black(cmyk_file(stored_cmyk(40, 40, 2, 254), 100)), "");
  EXPECT_EQ(without_black(cmyk_file(stored_cmyk(40, 40, 2, 0))), "");
}

// At low quality 255 is rounded to a multiple of the step, and can become gray.
TEST(CmykWithoutBlack, TakesOnlyWhatIsDecodedWithoutBlack) {
  unsigned taken = 0, left = 0;
  for (int quality = 1; quality < 50; ++quality) {
    const std::string file = cmyk_file(stored_cmyk(60, 40, 6), quality), rgb = without_black(file);
    const std::vector<std::uint8_t> black = test::jpeg_planes(file).plane(3);
    const bool is_white = std::all_of(black.begin(), black.end(), [](std::uint8_t sample) { return sample == 255; });
    EXPECT_EQ(!rgb.empty(), is_white) << quality;
    if (is_white) expect_same_colors(rgb, file);
    ++(is_white ? taken : left);
  }
  EXPECT_GT(taken, 5u);
  EXPECT_GT(left, 5u);
}

TEST(CmykWithoutBlack, SaysThatItIsRgbInBothWays) {
  const std::string jfif = std::string("\xFF\xE0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", 18);
  const std::string comment = std::string("\xFF\xFE\0\x06text", 8);
  const std::string rgb = without_black(cmyk_file(stored_cmyk(24, 24, 3), 90, 0, jfif + comment));
  const auto structure = read_jpeg_structure(as_bytes(rgb));
  ASSERT_TRUE(structure);
  EXPECT_FALSE(structure->has_jfif);
  EXPECT_EQ(structure->adobe_transform, 0);
  EXPECT_NE(rgb.find(std::string("\3R\x11\0G\x11\0B\x11\0", 10)), std::string::npos);
  EXPECT_NE(rgb.find(comment), std::string::npos);
}

TEST(CmykWithoutBlack, LeavesOtherKindsAlone) {
  const std::string file = cmyk_file(stored_cmyk(40, 40, 4));
  EXPECT_EQ(without_black(test::jpeg_file({40, 40, 1})), "");
  EXPECT_EQ(without_black(test::jpeg_file({40, 40, 3})), "");
  EXPECT_EQ(without_black(test::jpeg_file(stored_cmyk(40, 40, 4), {0, 0, 4, 90, true, 0, 1, 1})), "");
  EXPECT_EQ(without_black(test::jpeg_file(stored_cmyk(40, 40, 4), {0, 0, 4, 90, false, 0, 2, 2})), "");
  const std::string profile = std::string("\xFF\xE2\0\x14ICC_PROFILE\0\1\1abcd", 22);
  EXPECT_EQ(without_black(cmyk_file(stored_cmyk(40, 40, 4), 90, 0, profile)), "");
  std::string ycck = file;
  const std::size_t adobe = ycck.find("Adobe");
  ASSERT_NE(adobe, std::string::npos);
  ycck[adobe + 11] = 2;
  EXPECT_EQ(without_black(ycck), "");
  EXPECT_EQ(without_black(file.substr(0, file.size() - 2)), "");
  // Without the marker the samples are stored inverted all the same.
  expect_same_colors(without_black(std::string(file).erase(adobe - 4, 16)), file);
}

// What it takes of a damaged file is what libjpeg makes of it.
TEST(CmykWithoutBlack, TakesNothingOfADamagedFileThatLibjpegReadsOtherwise) {
  const std::string file = cmyk_file(stored_cmyk(120, 90, 5), 85, 5);
  test::SeededRandom random(8);
  unsigned taken = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = file;
    damaged[random.between(file.size() / 3, file.size() - 3)] = static_cast<char>(random.below(256));
    const std::string rgb = without_black(damaged);
    if (rgb.empty()) continue;
    ++taken;
    ASSERT_NO_FATAL_FAILURE(expect_same_colors(rgb, damaged)) << i;
  }
  EXPECT_GT(taken, 20u);
}

}  // namespace
}  // namespace visionshard::codec
