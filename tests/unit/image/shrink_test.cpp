#include "image/shrink.h"

#include <gtest/gtest.h>

#include <string>

#include "../../support/image_files.h"
#include "codec/png/png.h"

namespace visionshard::image {
namespace {

using codec::Format;
using codec::Pixels;

struct ShrinkResult {
  Shrunk shrunk;
  codec::ImageInfo info;
};

ShrinkResult shrunk_to(const Pixels& picture, const ShrinkSource& source, std::uint64_t limit_bytes,
                       Limits limits = {}) {
  Pixels copy(picture.width, picture.height, picture.channels);
  std::memcpy(copy.data.data(), picture.data.data(), picture.data.size());
  limits.max_image_bytes = limit_bytes;
  auto shrunk = shrink(std::move(copy), source, limits, {});
  EXPECT_TRUE(shrunk) << shrunk.error().detail;
  Shrunk& result = shrunk->value();
  const auto info = codec::probe(result.bytes);
  EXPECT_TRUE(info);
  EXPECT_EQ(info->format, result.format);
  EXPECT_LE(result.bytes.size(), limit_bytes);
  return {std::move(result), *info};
}

struct Photograph {
  Pixels pixels;
  codec::JpegSource source;
  std::size_t bytes;
};

Photograph jpeg_photograph(std::uint32_t width, std::uint32_t height, unsigned seed, int quality, int sampling) {
  const std::string file = test::jpeg_file(test::photograph(width, height, seed), quality, sampling, sampling);
  Photograph photograph{{}, {}, file.size()};
  photograph.pixels = std::move(*codec::decode_jpeg(as_bytes(file), photograph.source));
  return photograph;
}

// Whether the next quality, up to the source's own, would do as well.
bool fits_better(const Photograph& photograph, int quality, std::uint64_t limit_bytes) {
  return quality < photograph.source.quality &&
         codec::encode_jpeg(photograph.pixels, quality + 1, photograph.source.sampling)->size() <= limit_bytes;
}

TEST(ShrinkJpeg, FillsTheLimitWithFewEncodes) {
  unsigned encodes = 0, pictures = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    const Photograph photograph = jpeg_photograph(500, 400, seed, seed % 2 == 0 ? 97 : 92, seed % 3 == 0 ? 1 : 2);
    for (const double share : {0.35, 0.5, 0.65, 0.8, 0.95}) {
      const auto limit = static_cast<std::uint64_t>(share * static_cast<double>(photograph.bytes));
      const ShrinkResult result = shrunk_to(photograph.pixels, {Format::jpeg, photograph.source}, limit);
      EXPECT_EQ(result.shrunk.format, Format::jpeg);
      if (result.shrunk.how != Conversion::shrunk_quality) continue;
      EXPECT_EQ(result.info.width, 500u);
      codec::JpegSource quality;
      ASSERT_TRUE(codec::decode_jpeg(result.shrunk.bytes, quality));
      EXPECT_TRUE(result.shrunk.bytes.size() >= limit * 85 / 100 || quality.quality >= 95 ||
                  !fits_better(photograph, quality.quality, limit))
          << result.shrunk.bytes.size() << " of " << limit << ", quality " << quality.quality << ", seed " << seed;
      EXPECT_GE(quality.quality, 60);
      EXPECT_LE(result.shrunk.encodes, 4u);
      encodes += result.shrunk.encodes;
      ++pictures;
    }
  }
  EXPECT_GT(pictures, 40u);
  EXPECT_LE(encodes, pictures * 5 / 2) << "about two on average";
}

TEST(ShrinkJpeg, KeepsTheChromaSamplingWhereItCan) {
  for (const int sampling : {1, 2}) {
    const Photograph photograph = jpeg_photograph(320, 240, 3, 97, sampling);
    const ShrinkResult result =
        shrunk_to(photograph.pixels, {Format::jpeg, photograph.source}, photograph.bytes * 8 / 10);
    codec::JpegSource after;
    ASSERT_TRUE(codec::decode_jpeg(result.shrunk.bytes, after));
    EXPECT_EQ(after.sampling, photograph.source.sampling);
  }
}

TEST(Shrink, IsAtOrUnderAnyLimitThatAPictureCanBe) {
  const Pixels opaque = test::photograph(300, 200, 1), clear = test::photograph(300, 200, 1, 4);
  Limits no_webp;
  no_webp.webp = false;
  for (const std::uint64_t limit : {3'000u, 5'000u, 10'000u, 20'000u, 40'000u, 80'000u, 150'000u, 300'000u}) {
    for (const Format format : {Format::png, Format::webp}) {
      EXPECT_NE(shrunk_to(opaque, {format, {}}, limit).shrunk.format, Format::webp);
      EXPECT_NE(shrunk_to(clear, {format, {}}, limit).shrunk.format, Format::jpeg) << "alpha must be kept";
      EXPECT_EQ(shrunk_to(clear, {format, {}}, limit, no_webp).shrunk.format, Format::png);
    }
  }
}

TEST(Shrink, KeepsTheAspectRatioWhenItReducesDimensions) {
  const Pixels picture = test::photograph(600, 300, 2);
  const ShrinkResult result = shrunk_to(picture, {Format::png, {}}, 6'000);
  EXPECT_EQ(result.shrunk.how, Conversion::shrunk_dimensions);
  EXPECT_LT(result.info.width, 600u);
  EXPECT_NEAR(result.info.width, 2.0 * result.info.height, 2);
}

TEST(SmallerPng, IsTheSamePictureWhereItFits) {
  Pixels flat(400, 300, 3);
  for (std::size_t i = 0; i < flat.data.size(); ++i) flat.data.data()[i] = static_cast<std::byte>(i / 3 % 400 / 16);
  const auto samples = test::samples_of(flat);
  const auto png = smaller_png(flat, 20'000, {});
  ASSERT_TRUE(png);
  EXPECT_LE(png->size(), 20'000u);
  EXPECT_EQ(test::samples_of(test::png_pixels(std::string(as_text(*png)))), samples);
}

// A slope across with a little noise repeats from pixel to pixel and not from row to row: only the sub filter, which
// the least sums of differences do not choose, makes it small.
TEST(SmallerPng, FindsTheFilterThatFits) {
  Pixels slope(900, 600, 3);
  const Pixels noise = test::noise(900, 600, 1, 5);
  for (std::uint32_t y = 0; y < slope.height; ++y)
    for (std::uint32_t x = 0; x < slope.width; ++x)
      for (unsigned k = 0; k < 3; ++k)
        slope.row(y)[3 * x + k] = static_cast<std::uint8_t>(20 + x / 5 + y / 7 * k + (noise.row(y)[x] < 16 ? 1 : 0));
  const auto bytes = [&](codec::RowFilters filters) { return codec::png_data_bytes(slope, {filters, 4}); };
  const std::size_t sub = bytes(codec::RowFilters::sub);
  const std::size_t limit = sub + sub / 8;
  ASSERT_LT(limit, bytes(codec::RowFilters::min_sum));
  const auto samples = test::samples_of(slope);
  const auto png = smaller_png(slope, limit, {});
  ASSERT_TRUE(png);
  EXPECT_LE(png->size(), limit);
  EXPECT_EQ(test::samples_of(test::png_pixels(std::string(as_text(*png)))), samples);
}

// The first of the levels that fits: what a better one would save is not asked for.
TEST(SmallerPng, TakesTheCheapestLevelThatFits) {
  Pixels picture = test::photograph(400, 300, 4);
  std::size_t smallest = SIZE_MAX;
  for (const auto filters : {codec::RowFilters::none, codec::RowFilters::sub, codec::RowFilters::up,
                             codec::RowFilters::paeth, codec::RowFilters::min_sum})
    smallest = std::min(smallest, codec::png_data_bytes(picture, {filters, 6}));
  const auto png = smaller_png(picture, 400 * 300 * 3, {});
  ASSERT_TRUE(png);
  EXPECT_GT(png->size(), smallest);
}

TEST(SmallerPng, IsNoneWhereItCannotFit) {
  Pixels noise = test::noise(200, 200, 3, 1);
  EXPECT_FALSE(smaller_png(noise, 60'000, {}));
}

TEST(Shrink, DoesNotResizeWithoutMemoryForIt) {
  const Pixels noise = test::noise(300, 300, 3, 1);
  Limits limits;
  for (const std::size_t share : {2u, 40u}) {
    limits.max_image_bytes = noise.data.size() / share;
    Pixels copy(noise.width, noise.height, noise.channels);
    std::memcpy(copy.data.data(), noise.data.data(), noise.data.size());
    const auto shrunk = shrink(std::move(copy), {Format::png, {}, false}, limits, {});
    ASSERT_TRUE(shrunk);
    EXPECT_EQ(shrunk->has_value(), share == 2);
  }
}

TEST(Shrink, GivesUpOnAnImpossibleLimit) {
  Limits limits;
  limits.max_image_bytes = 100;
  const auto refused =
      shrink(test::noise(200, 200, 3, 1), {Format::jpeg, {90, codec::ChromaSampling::half}}, limits, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, FaultCode::cannot_fit);
}

}  // namespace
}  // namespace visionshard::image
