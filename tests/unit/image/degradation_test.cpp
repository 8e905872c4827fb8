#include "image/degradation.h"

#include <gtest/gtest.h>

#include <string>

#include "../../support/image_files.h"

namespace visionshard::image {
namespace {

struct File {
  std::string bytes;
  codec::ImageInfo info;
  ConversionPlan plan;
};

File file_of(std::string bytes) {
  File file{std::move(bytes), {}, {}};
  file.info = *codec::probe(as_bytes(file.bytes));
  file.plan = *plan_conversion(file.info, file.bytes.size(), {}, {});
  return file;
}

Fitted fitted(const File& file, const Degradation& loss, ImageDetail detail = ImageDetail::automatic) {
  const auto reduction = reduction_for(file.info, file.bytes.size(), detail, loss);
  const Limits limits;
  const ImageOptions options;
  ReducedFits fits(as_bytes(file.bytes), file.info, file.plan, limits, options);
  const auto result = fits.fit(reduction);
  EXPECT_TRUE(result) << result.error().detail;
  Fitted copy;
  copy.bytes.append((*result)->bytes);
  copy.conversions = (*result)->conversions;
  copy.unchanged = (*result)->unchanged;
  return copy;
}

File jpeg(std::uint32_t width, std::uint32_t height, int quality = 90) {
  return file_of(test::jpeg_file(test::photograph(width, height, 1), quality, 2, 2));
}

TEST(LossLadder, BeginsWithNoLossAndGoesOnlyDown) {
  for (const int min_quality : {1, 60, 93, 94, 95}) {
    const std::vector<Degradation> ladder = degradation_ladder(min_quality);
    EXPECT_FALSE(ladder.front().any());
    EXPECT_EQ(ladder.back().max_quality, min_quality);
    for (std::size_t i = 1; i < ladder.size(); ++i) {
      const Degradation &before = ladder[i - 1], &loss = ladder[i];
      EXPECT_LE(loss.above_bytes, before.above_bytes);
      EXPECT_LE(loss.max_quality, before.max_quality);
      EXPECT_LE(loss.scale, before.scale);
      EXPECT_EQ((loss.above_bytes < before.above_bytes) + (loss.max_quality < before.max_quality) +
                    (loss.scale < before.scale),
                1)
          << i;
    }
  }
}

TEST(Reduction, IsAskedOfLargerFilesOnly) {
  const File file = jpeg(1600, 1200);
  EXPECT_FALSE(reduction_for(file.info, 1000, ImageDetail::automatic, {1000, 100, 1}));
  const auto reduction = reduction_for(file.info, 1001, ImageDetail::automatic, {1000, 100, 1});
  ASSERT_TRUE(reduction);
  EXPECT_EQ(reduction->size, (ImageSize{1024, 768}));
}

TEST(Reduction, AsksNothingOfWhatAModelSeesWhole) {
  const File file = jpeg(800, 600);
  EXPECT_FALSE(reduction_for(file.info, file.bytes.size(), ImageDetail::automatic, {0, 100, 1}));
  EXPECT_TRUE(reduction_for(file.info, file.bytes.size(), ImageDetail::low, {0, 100, 1}));
}

TEST(FitReduced, MakesTheSizeThatAModelSees) {
  const Fitted result = fitted(jpeg(1600, 1200), {0, 100, 1});
  const auto info = codec::probe(result.bytes);
  EXPECT_EQ(info->width, 1024u);
  EXPECT_EQ(info->height, 768u);
  EXPECT_TRUE(result.conversions.has(Conversion::fit_model));
}

TEST(FitReduced, LeavesAJpegAloneThatIsAtTheQualityAlready) {
  const File file = jpeg(640, 480, 70);
  const Fitted result = fitted(file, {0, 75, 1});
  EXPECT_TRUE(result.unchanged);
  EXPECT_EQ(as_text(result.bytes), file.bytes);
  EXPECT_FALSE(fitted(file, {0, 60, 1}).unchanged);
}

TEST(FitReduced, NeverMakesAFileLarger) {
  // Stripes of two colors: a few bytes as they are, gray noise of edges once resampled.
  codec::Pixels stripes(1100, 1100, 3);
  for (std::uint32_t y = 0; y < stripes.height; ++y)
    std::memset(stripes.row(y), y % 2 == 0 ? 0 : 255, stripes.stride());
  for (const Degradation& loss : degradation_ladder(60)) {
    const File file = file_of(test::png_file(stripes));
    EXPECT_LE(fitted(file, loss).bytes.size(), file.bytes.size()) << described(loss);
  }
}

TEST(FitReduced, MoreLossTakesFewerBytesOfAPhotograph) {
  const File file = jpeg(1600, 1200, 95);
  std::size_t before = SIZE_MAX;
  for (const Degradation& loss : degradation_ladder(60)) {
    const std::size_t bytes = fitted(file, loss).bytes.size();
    EXPECT_LE(bytes, before + before / 50) << described(loss);
    before = bytes;
  }
  EXPECT_LT(before, file.bytes.size() / 50);
}

}  // namespace
}  // namespace visionshard::image
