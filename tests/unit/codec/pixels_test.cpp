#include "codec/pixels.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "../../support/image_files.h"

namespace visionshard::codec {
namespace {

using Color = std::string;

Color at(const Pixels& p, std::uint32_t x, std::uint32_t y) {
  return {reinterpret_cast<const char*>(p.row(y)) + std::size_t{x} * p.channels, p.channels};
}

// The visual sides of row 0 and column 0, as table 4 of Exif 2.32 lists them for orientations 1 to 8.
struct Sides {
  char row_0;
  char column_0;
};
constexpr std::array<Sides, 9> sides = {
    {{}, {'T', 'L'}, {'T', 'R'}, {'B', 'R'}, {'B', 'L'}, {'L', 'T'}, {'R', 'T'}, {'R', 'B'}, {'L', 'B'}}};

TEST(Oriented, PutsRowAndColumnZeroWhereExifSays) {
  for (const std::uint32_t channels : {3u, 4u})
    for (const auto& [width, height] : {std::pair{5u, 3u}, {1u, 4u}, {4u, 1u}, {1u, 1u}, {6u, 6u}})
      for (unsigned orientation = 1; orientation <= 8; ++orientation) {
        const Pixels stored = test::noise(width, height, channels, 7);
        const Pixels shown = oriented(test::noise(width, height, channels, 7), orientation);
        const Sides side = sides[orientation];
        const bool rows_stay_rows = side.row_0 == 'T' || side.row_0 == 'B';
        ASSERT_EQ(shown.width, rows_stay_rows ? width : height);
        ASSERT_EQ(shown.height, rows_stay_rows ? height : width);
        for (std::uint32_t row = 0; row < height; ++row)
          for (std::uint32_t column = 0; column < width; ++column) {
            std::uint32_t x = 0, y = 0;
            for (const auto& [side_of_zero, index] : {std::pair{side.row_0, row}, {side.column_0, column}})
              switch (side_of_zero) {
                case 'T': y = index; break;
                case 'B': y = shown.height - 1 - index; break;
                case 'L': x = index; break;
                default: x = shown.width - 1 - index;
              }
            ASSERT_EQ(at(shown, x, y), at(stored, column, row)) << orientation;
          }
      }
}

TEST(Opaque, IsWhatHasNoPixelThatShowsThrough) {
  Pixels picture = test::noise(9, 4, 4, 1);
  for (std::size_t i = 3; i < picture.data.size(); i += 4) picture.data.data()[i] = std::byte{255};
  EXPECT_TRUE(is_opaque(picture));
  EXPECT_TRUE(is_opaque(test::noise(9, 4, 3, 1)));
  const Pixels rgb = without_alpha(picture);
  for (std::uint32_t y = 0; y < 4; ++y)
    for (std::uint32_t x = 0; x < 9; ++x) EXPECT_EQ(at(rgb, x, y), at(picture, x, y).substr(0, 3));
  for (std::size_t i = 3; i < picture.data.size(); i += 4) {
    picture.data.data()[i] = std::byte{254};
    EXPECT_FALSE(is_opaque(picture));
    picture.data.data()[i] = std::byte{255};
  }
}

Pixels filled(std::uint32_t width, std::uint32_t height, const Color& color) {
  Pixels p(width, height, static_cast<std::uint32_t>(color.size()));
  for (std::size_t i = 0; i < p.data.size(); ++i) p.data.data()[i] = static_cast<std::byte>(color[i % color.size()]);
  return p;
}

TEST(Resized, KeepsAConstantPictureConstant) {
  for (const Color& color :
       {Color("\x00\x80\xFF", 3), Color("\x01\xFE\x7F", 3), Color("\x10\x80\xFF\xFF", 4), Color("\x40\x20\x60\x80", 4)})
    for (const auto& [width, height] : {std::pair{1u, 1u}, {7u, 3u}, {31u, 29u}, {13u, 64u}, {64u, 64u}}) {
      const Pixels small = resized(filled(64, 64, color), width, height);
      ASSERT_EQ(small.width, width);
      ASSERT_EQ(small.height, height);
      for (std::uint32_t y = 0; y < height; ++y)
        for (std::uint32_t x = 0; x < width; ++x)
          for (std::size_t k = 0; k < color.size(); ++k)
            ASSERT_NEAR(static_cast<unsigned char>(at(small, x, y)[k]), static_cast<unsigned char>(color[k]), 1);
    }
}

TEST(Resized, ToTheSameSizeIsTheSamePicture) {
  const Pixels picture = test::noise(23, 17, 3, 1);
  EXPECT_EQ(test::samples_of(resized(picture, 23, 17)), test::samples_of(picture));
}

TEST(Resized, LetsNoColorOfTransparentPixelsBleed) {
  Pixels picture = filled(60, 40, Color("\x00\xFF\x00\x00", 4));
  for (std::uint32_t y = 0; y < 40; ++y)
    for (std::uint32_t x = 0; x < 33; ++x)
      std::copy_n("\xC8\x00\x32\xFF", 4, reinterpret_cast<char*>(picture.row(y)) + 4 * x);
  for (const auto& [width, height] : {std::pair{31u, 19u}, {7u, 40u}, {60u, 5u}}) {
    const Pixels small = resized(picture, width, height);
    for (std::uint32_t y = 0; y < height; ++y)
      for (std::uint32_t x = 0; x < width; ++x) {
        const std::uint8_t* const p = small.row(y) + 4 * std::size_t{x};
        if (p[3] < 4) continue;  // too few levels of alpha to recover a color
        ASSERT_NEAR(p[0], 0xC8, 2) << x << " of " << width;
        ASSERT_NEAR(p[1], 0, 2);
        ASSERT_NEAR(p[2], 0x32, 2);
      }
  }
}

TEST(Resized, KeepsTheMean) {
  const auto mean = [](const Pixels& p, std::uint32_t k) {
    double sum = 0;
    for (std::size_t i = k; i < p.data.size(); i += p.channels) sum += std::to_integer<int>(p.data.data()[i]);
    return sum / (static_cast<double>(p.data.size()) / p.channels);
  };
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const Pixels picture = test::photograph(200, 150, seed);
    for (const auto& [width, height] : {std::pair{100u, 75u}, {67u, 50u}, {151u, 149u}, {20u, 15u}}) {
      const Pixels small = resized(picture, width, height);
      for (std::uint32_t k = 0; k < 3; ++k) EXPECT_NEAR(mean(small, k), mean(picture, k), 1) << width;
    }
  }
}

TEST(RowSample, HoldsRowsOfThePicture) {
  for (const std::uint32_t height : {1u, 5u, 15u, 16u, 17u, 100u, 255u, 256u, 257u, 900u}) {
    Pixels picture(3, height, 3);
    for (std::uint32_t y = 0; y < height; ++y) std::fill_n(picture.row(y), 9, static_cast<std::uint8_t>(y % 251));
    const Pixels sample = row_sample(picture, 8);
    ASSERT_EQ(sample.width, 3u);
    ASSERT_LE(sample.height, height);
    for (std::uint32_t y = 0; y < sample.height; ++y) {
      const bool starts_strip = y % std::min(16u, height) == 0;
      if (!starts_strip) {
        ASSERT_EQ(sample.row(y)[0], (sample.row(y - 1)[0] + 1) % 251) << height;
      }
    }
  }
}

}  // namespace
}  // namespace visionshard::codec
