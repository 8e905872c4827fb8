#include "near_duplicates/pdq.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "../../support/image_files.h"
#include "blended_colors.h"
#include "near_duplicates/hash_search.h"

namespace visionshard::near_duplicates {
namespace {

using codec::Pixels;
using test::blended_colors;

Pdq of_file(const std::string& file) {
  const ByteView bytes = std::as_bytes(std::span(file.data(), file.size()));
  const auto info = codec::probe(bytes);
  EXPECT_TRUE(info);
  const auto result = pdq_of_file(bytes, *info);
  EXPECT_TRUE(result);
  return *result;
}

Pixels repeated(const Pixels& pixels, std::uint32_t across, std::uint32_t down) {
  Pixels larger(pixels.width * across, pixels.height * down, pixels.channels);
  for (std::uint32_t y = 0; y < larger.height; ++y)
    for (std::uint32_t x = 0; x < larger.width; ++x)
      std::copy_n(pixels.row(y / down) + x / across * pixels.channels, pixels.channels,
                  larger.row(y) + x * pixels.channels);
  return larger;
}

// Computed by the authors' C++ program (github.com/facebook/ThreatExchange, commit baefb4ed, pdq/cpp), which its README
// says must be met exactly for equal pixels.
struct Vector {
  std::uint32_t width;
  std::uint32_t height;
  unsigned seed;
  unsigned quality;
  const char* hash;
};
constexpr Vector vectors[] = {
    {512, 512, 1, 100, "db6b9a322a9f609fe4f6110bbdb1ca631102ca63b5b1110fe4f4609f2a9f9b32"},
    {512, 288, 2, 100, "0050249e515edf62ca694e53319daea56ed2aea5b1bd4e53ca69df625156249e"},
    {300, 200, 3, 100, "84e2eaf3d96f249c4a45c0763198e4f8c47df4f83198c0764a45248cdb6feaf3"},
    {129, 500, 4, 100, "f59df96afbcba4b52296319eeec60a09051d4a496ec6319e2096a4b5fb0b916a"},
    {384, 511, 5, 100, "6381043b9f36eae92a81f1ecce6e60c0c4776ac0ce6ef1ec2a81eae99f36843b"},
    {257, 63, 6, 100, "0e0404851b32b5b764eb249e1f0464c99b3864d86ec52e9e64dab5bfeef6158f"},
    {128, 128, 7, 100, "00000000004924fd71d81b0e7fcfe4fa0427e4fa7fcf1b0e7bd8eefdf5ed4a57"},
    {64, 64, 8, 100, "a4ad20d571da1f8b9f28e064b49e4a511f664a41349fe0ec9f299fab515ab999"},
    {40, 30, 9, 100, "34973b949738eb5e3499794f872a1fd0a4163fd41790590a348baad5c73ed125"},
    {7, 5, 10, 100, "96d2c4db692d2b24c6d31a7496d2e18f692dc4db96d2c4db692d3b24d6d21a70"},
};

TEST(Pdq, AgreesWithItsAuthorsProgram) {
  for (const Vector& vector : vectors) {
    const Pdq found = pdq(blended_colors(vector.width, vector.height, vector.seed));
    EXPECT_EQ(to_text(found.hash), vector.hash) << vector.width << " x " << vector.height;
    EXPECT_EQ(found.quality, vector.quality);
  }
}

TEST(Pdq, DoesNotDependOnPixelsBeingRepeated) {
  for (const auto& [width, height] : {std::pair{512U, 512U}, {512U, 288U}}) {
    const Pixels pixels = blended_colors(width, height, 11);
    EXPECT_EQ(pdq(pixels).hash, pdq(repeated(pixels, 2, 512 / height)).hash);
    EXPECT_EQ(pdq(pixels).hash, pdq(repeated(pixels, 3, 1)).hash);
  }
}

TEST(Pdq, LowQualityMeansFewFeatures) {
  Pixels flat(600, 400, 3);
  std::fill_n(flat.row(0), flat.data.size(), std::uint8_t{90});
  EXPECT_EQ(pdq(flat).quality, 0);
  // Of white and black halves, one step of 100 hundredths in each of 64 rows; nothing is blurred at this size.
  Pixels halves(64, 64, 3);
  for (std::uint32_t y = 0; y < 64; ++y) {
    std::fill_n(halves.row(y), 32 * 3, std::uint8_t{255});
    std::fill_n(halves.row(y) + 32 * 3, 32 * 3, std::uint8_t{0});
  }
  EXPECT_EQ(pdq(halves).quality, 64 * 100 / 90);
}

TEST(Pdq, OfLessThanFivePixelsIsNothing) {
  const Pdq none = pdq(blended_colors(4, 100, 1));
  EXPECT_EQ(none.hash, PdqHash());
  EXPECT_EQ(none.quality, 0);
  EXPECT_NE(pdq(blended_colors(5, 100, 1)).hash, PdqHash());
}

TEST(Pdq, HasAboutHalfOfItsBitsSet) {
  for (unsigned seed = 1; seed <= 20; ++seed)
    EXPECT_EQ(distance(pdq(test::photograph(300, 200, seed)).hash, PdqHash()), 128);
}

TEST(Pdq, CountsTransparentAsWhite) {
  const Pixels rgb = test::photograph(200, 150, 1);
  Pixels rgba(200, 150, 4), on_white = repeated(rgb, 1, 1);
  for (std::uint32_t y = 0; y < 150; ++y) {
    for (std::uint32_t x = 0; x < 200; ++x) {
      const bool transparent = (x / 40 + y / 30) % 2 == 0;
      std::copy_n(rgb.row(y) + x * 3, 3, rgba.row(y) + x * 4);
      rgba.row(y)[x * 4 + 3] = transparent ? 0 : 255;
      if (transparent) std::fill_n(on_white.row(y) + x * 3, 3, std::uint8_t{255});
    }
  }
  EXPECT_EQ(pdq(rgba).hash, pdq(on_white).hash);
  EXPECT_GT(distance(pdq(rgba).hash, pdq(rgb).hash), most_distance);
}

TEST(Pdq, OfOnePictureInOtherFilesIsNear) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const Pixels picture = test::photograph(900, 600, seed);
    const PdqHash hash = pdq(picture).hash;
    EXPECT_EQ(of_file(test::png_file(picture)).hash, hash);
    EXPECT_EQ(of_file(test::webp_file(picture, true)).hash, hash);
    EXPECT_LE(distance(of_file(test::webp_file(picture, false)).hash, hash), most_distance);
    for (const int quality : {30, 60, 90})
      EXPECT_LE(distance(of_file(test::jpeg_file(picture, quality)).hash, hash), most_distance) << quality;
  }
}

TEST(Pdq, OfAPictureInOtherSizesIsNear) {
  const Pixels picture = test::photograph(2200, 1500, 3);
  const PdqHash hash = pdq(picture).hash;
  for (const std::uint32_t width : {150U, 400U, 513U, 1100U, 2000U}) {
    const Pixels smaller = codec::resized(picture, width, width * 15 / 22);
    EXPECT_LE(distance(pdq(smaller).hash, hash), most_distance) << width;
  }
}

TEST(Pdq, OfALargeJpegIsNearThatOfItsPixels) {
  // Decoded at half and at three eighths of the size.
  for (const auto& [width, height] : {std::pair{2048U, 2056U}, {2752U, 2731U}}) {
    const std::string file = test::jpeg_file(test::photograph(width, height, 3), 90);
    EXPECT_LE(distance(of_file(file).hash, pdq(test::jpeg_pixels(file)).hash), 10);
  }
}

TEST(Pdq, IsOfThePictureAsItIsShown) {
  const Pixels picture = test::photograph(1400, 1300, 4);
  for (unsigned orientation = 2; orientation <= 8; ++orientation) {
    const std::string file = test::jpeg_file(picture, {.segments = test::exif_segment(orientation)});
    EXPECT_LE(distance(of_file(file).hash, pdq(codec::oriented(repeated(picture, 1, 1), orientation)).hash), 10)
        << orientation;
    EXPECT_GT(distance(of_file(file).hash, pdq(picture).hash), most_distance) << orientation;
  }
}

TEST(Pdq, OfDifferentPicturesIsFar) {
  std::vector<PdqHash> hashes;
  for (unsigned seed = 1; seed <= 100; ++seed) hashes.push_back(pdq(blended_colors(300, 200, seed)).hash);
  for (std::size_t i = 0; i < hashes.size(); ++i) EXPECT_EQ(next_near(hashes, hashes[i], i + 1), hashes.size());
}

TEST(Pdq, OfADamagedFileIsAFault) {
  std::string file = test::png_file(test::photograph(300, 200, 1));
  const ByteView bytes = std::as_bytes(std::span(file.data(), file.size()));
  const auto info = codec::probe(bytes);
  ASSERT_TRUE(info);
  file[file.size() / 2] ^= 1;
  const auto result = pdq_of_file(bytes, *info);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, FaultCode::corrupt_image);
}

}  // namespace
}  // namespace visionshard::near_duplicates
