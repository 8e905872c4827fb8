#include <gtest/gtest.h>
#include <visionshard/tokens.h>

namespace visionshard {
namespace {

std::uint64_t tiles(std::uint32_t width, std::uint32_t height) {
  return image_tokens(width, height, ImageDetail::high).tiles;
}

// The documentation's own examples.
TEST(ImageTokens, TilesOfTheDocumentation) {
  EXPECT_EQ(tiles(1024, 1024), 765u);
  EXPECT_EQ(tiles(2048, 4096), 1105u);
  EXPECT_EQ(tiles(4096, 8192), 1105u);
  EXPECT_EQ(tiles(1280, 720), 1105u);
}

TEST(ImageTokens, LowDetailIsTheBaseAlone) {
  for (const auto& [width, height] : {std::pair(1u, 1u), {1024u, 1024u}, {4096u, 8192u}})
    EXPECT_EQ(image_tokens(width, height, ImageDetail::low).tiles, 85u);
}

TEST(ImageTokens, AutomaticCountsAsHigh) { EXPECT_EQ(image_tokens(1280, 720, ImageDetail::automatic).tiles, 1105u); }

TEST(ImageTokens, SmallImagesAreNotScaledUp) {
  EXPECT_EQ(tiles(1, 1), 85u + 170);
  EXPECT_EQ(tiles(512, 512), 85u + 170);
  EXPECT_EQ(tiles(513, 512), 85u + 2 * 170);
}

// 3 x 4096 fits 2048 as 1.5 x 2048: exactly four tiles high, where floating point may say five.
TEST(ImageTokens, ALongSideOf2048IsFourTiles) {
  for (std::uint32_t longer = 2048; longer < 70'000; longer += 101) {
    EXPECT_EQ(tiles(3, longer), 85u + 4 * 170) << longer;
    EXPECT_EQ(tiles(longer, 3), 85u + 4 * 170) << longer;
  }
}

// 1,024 patches as they are, 1,452 of 4,275 (the documentation's example), each times 1.62 or 2.46 and rounded up.
TEST(ImageTokens, PatchesOfTheDocumentation) {
  EXPECT_EQ(image_tokens(1024, 1024, ImageDetail::high).patches_mini, 1659u);
  EXPECT_EQ(image_tokens(1800, 2400, ImageDetail::high).patches_mini, 2353u);
  EXPECT_EQ(image_tokens(1800, 2400, ImageDetail::high).patches_nano, 3572u);
  EXPECT_EQ(image_tokens(2400, 1800, ImageDetail::high).patches_mini, 2353u);
}

TEST(ImageTokens, PatchesStayWithinTheBudgetAndCloseToIt) {
  for (std::uint32_t width = 1; width < 9000; width += 97)
    for (std::uint32_t height = 1; height < 9000; height += 89) {
      const std::uint64_t mini = image_tokens(width, height, ImageDetail::high).patches_mini;
      EXPECT_LE(mini, 1536u * 162 / 100 + 1) << width << " x " << height;
      EXPECT_GE(mini, 2u);
    }
}

TEST(SizeInTiles, FitsTheSquareAndThenTheShortSide) {
  const auto size = [](std::uint32_t w, std::uint32_t h) { return size_in_tiles(w, h, ImageDetail::automatic); };
  EXPECT_EQ(size(640, 480), (ImageSize{640, 480}));
  EXPECT_EQ(size(768, 2048), (ImageSize{768, 2048}));
  EXPECT_EQ(size(4096, 8192), (ImageSize{768, 1536}));
  EXPECT_EQ(size(4000, 3000), (ImageSize{1024, 768}));
  EXPECT_EQ(size(8000, 100), (ImageSize{2048, 26}));
  EXPECT_EQ(size(60'000, 1), (ImageSize{2048, 1}));
}

TEST(SizeInTiles, LowDetailFits512) {
  EXPECT_EQ(size_in_tiles(4000, 3000, ImageDetail::low), (ImageSize{512, 384}));
  EXPECT_EQ(size_in_tiles(512, 300, ImageDetail::low), (ImageSize{512, 300}));
}

TEST(SizeInTiles, WhatIsSeenCostsNoMoreThanTheImage) {
  for (std::uint32_t width = 1; width < 6000; width += 61)
    for (std::uint32_t height = 1; height < 6000; height += 67) {
      const ImageSize size = size_in_tiles(width, height, ImageDetail::high);
      EXPECT_LE(tiles(size.width, size.height), tiles(width, height)) << width << " x " << height;
      EXPECT_EQ(size_in_tiles(size.width, size.height, ImageDetail::high), size) << width << " x " << height;
    }
}

}  // namespace
}  // namespace visionshard
