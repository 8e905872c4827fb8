#include "image/conversion_plan.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace visionshard::image {
namespace {

using codec::ColorModel;
using codec::Format;
using codec::ImageInfo;
using Names = std::set<std::string>;

ImageInfo info_of(Format format, ColorModel model, std::uint8_t depth = 8) {
  ImageInfo info;
  info.format = format;
  info.model = model;
  info.bit_depth = depth;
  info.width = 100;
  info.height = 50;
  info.end = 1000;
  return info;
}

struct Decision {
  Names conversions;
  bool needs_pixels;
  bool over_limit;
  bool keeps;
};

Decision decided(const ImageInfo& info, const Limits& limits = {}, const ImageOptions& options = {},
                 std::uint64_t bytes = 1000) {
  const auto plan = plan_conversion(info, bytes, limits, options);
  EXPECT_TRUE(plan);
  Decision d{{}, plan->needs_pixels, plan->over_limit, plan->keeps()};
  plan->conversions.each([&](Conversion c) { d.conversions.insert(std::string(name(c))); });
  return d;
}

TEST(Decide, KeepsWhatTheProviderTakes) {
  for (const auto& [format, model] : {std::pair{Format::jpeg, ColorModel::rgb},
                                      {Format::png, ColorModel::rgb},
                                      {Format::png, ColorModel::rgba},
                                      {Format::webp, ColorModel::rgb},
                                      {Format::webp, ColorModel::rgba}}) {
    const Decision d = decided(info_of(format, model));
    EXPECT_TRUE(d.keeps && d.conversions.empty() && !d.needs_pixels && !d.over_limit);
  }
}

TEST(Decide, ConvertsByTheTableOfTheContract) {
  const auto expect = [](const ImageInfo& info, const Names& names, bool needs_pixels) {
    const Decision d = decided(info);
    EXPECT_EQ(d.conversions, names);
    EXPECT_EQ(d.needs_pixels, needs_pixels) << *names.begin();
    EXPECT_FALSE(d.keeps);
  };
  expect(info_of(Format::jpeg, ColorModel::gray), {"jpeg_grey"}, false);
  expect(info_of(Format::jpeg, ColorModel::cmyk), {"jpeg_cmyk"}, true);
  for (const std::uint8_t depth : std::initializer_list<std::uint8_t>{1, 2, 4, 8}) {
    expect(info_of(Format::png, ColorModel::palette, depth), {"png_palette"}, true);
    expect(info_of(Format::png, ColorModel::gray, depth), {"png_grey"}, true);
  }
  expect(info_of(Format::png, ColorModel::gray_alpha), {"png_grey"}, true);
  expect(info_of(Format::png, ColorModel::gray, 16), {"png_grey", "png_16_bit"}, true);
  expect(info_of(Format::png, ColorModel::rgb, 16), {"png_16_bit"}, true);
  expect(info_of(Format::png, ColorModel::rgba, 16), {"png_16_bit"}, true);
  ImageInfo several = info_of(Format::jpeg, ColorModel::rgb);
  several.multi_picture = true;
  expect(several, {"jpeg_first_picture"}, false);
  ImageInfo arithmetic = info_of(Format::jpeg, ColorModel::gray);
  arithmetic.arithmetic = true;
  expect(arithmetic, {"jpeg_grey", "jpeg_arithmetic"}, false);
  ImageInfo endless = info_of(Format::jpeg, ColorModel::rgb);
  endless.end_marker_missing = true;
  expect(endless, {"jpeg_end_marker"}, false);
  ImageInfo animated = info_of(Format::png, ColorModel::rgba);
  animated.animated = true;
  expect(animated, {"png_animated"}, false);
  animated.format = Format::webp;
  expect(animated, {"webp_animated"}, true);
  animated.has_whole_first_frame = true;
  expect(animated, {"webp_animated"}, false);
  ImageInfo damaged = info_of(Format::png, ColorModel::rgb);
  damaged.damaged_metadata = true;
  expect(damaged, {"png_metadata"}, false);
}

TEST(Decide, DecodesOtherFormatsWhateverTheirSize) {
  Limits small;
  small.max_image_bytes = 1;
  for (const auto& [format, kind] : {std::pair{Format::gif, "gif"},
                                     {Format::bmp, "bmp"},
                                     {Format::tiff, "tiff"},
                                     {Format::heic, "heif"},
                                     {Format::avif, "heif"},
                                     {Format::jpeg_2000, "jpeg_2000"},
                                     {Format::jpeg_xl, "jpeg_xl"},
                                     {Format::netpbm, "netpbm"}}) {
    const Decision d = decided(info_of(format, ColorModel::rgb), small);
    EXPECT_EQ(d.conversions, Names{kind});
    EXPECT_TRUE(d.needs_pixels && !d.keeps && !d.over_limit) << kind;
  }
}

TEST(Decide, LimitsThePixelsOfAnImageBeforeItIsCroppedToo) {
  ImageInfo cropped = info_of(Format::avif, ColorModel::rgb);
  ImageOptions options;
  options.max_pixels = cropped.pixels();
  cropped.coded_pixels = cropped.pixels();
  EXPECT_TRUE(plan_conversion(cropped, 1000, {}, options));
  ++cropped.coded_pixels;
  const auto plan = plan_conversion(cropped, 1000, {}, options);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, FaultCode::too_many_pixels);
}

TEST(Decide, ReservesByDepthAndChroma) {
  const auto need = [](std::uint8_t depth, bool full_chroma, ColorModel model) {
    ImageInfo info = info_of(Format::avif, model);
    info.width = info.height = 1000;
    info.bit_depth = depth;
    info.full_chroma = full_chroma;
    return plan_conversion(info, 0, {}, {})->need_bytes / info.pixels();
  };
  EXPECT_EQ(need(8, false, ColorModel::rgb), 16u);
  EXPECT_EQ(need(10, false, ColorModel::rgb), 16u);
  EXPECT_EQ(need(10, true, ColorModel::rgb), 28u);
  EXPECT_EQ(need(12, true, ColorModel::rgba), 36u);
}

// What a JPEG over the limit takes as a rule does not depend on its pixels; to decode it does.
TEST(Decide, ReservesForAJpegWithoutDecodingFirst) {
  Limits limits;
  limits.max_image_bytes = 10'000'000;
  ImageInfo info = info_of(Format::jpeg, ColorModel::rgb);
  info.one_scan = true;
  info.width = info.height = 8000;
  info.end = 20'000'000;
  const auto needs = [&](bool has_profile) {
    info.has_profile = has_profile;
    const auto plan = plan_conversion(info, info.end, limits, {});
    return std::pair(plan->need_bytes, plan->max_need_bytes);
  };
  for (const bool has_profile : {false, true}) {
    const auto [need, max_need] = needs(has_profile);
    EXPECT_LT(need, 3 * info.end);
    EXPECT_GT(max_need, 3 * info.pixels());
  }
  info.one_scan = false;
  const auto [need, max_need] = needs(false);
  EXPECT_EQ(need, max_need);
}

// Its rows once as a rule, and twice where they do not come in order or the picture must be resized.
TEST(Decide, ReservesForThePixelsOfAPngOnceAsARule) {
  Limits limits;
  limits.max_image_bytes = 10'000'000;
  ImageInfo info = info_of(Format::png, ColorModel::rgb);
  info.width = info.height = 5000;
  info.end = 20'000'000;
  const std::uint64_t rows = 3 * info.pixels();
  for (const bool interlaced : {false, true}) {
    info.interlaced = interlaced;
    const auto plan = plan_conversion(info, info.end, limits, {});
    ASSERT_TRUE(plan);
    EXPECT_GT(plan->max_need_bytes, 2 * rows + info.end);
    EXPECT_GT(plan->need_bytes, rows + 2 * info.end);
    EXPECT_EQ(plan->need_bytes < 2 * rows, !interlaced);
  }
}

// For the quality both pictures are decoded.
TEST(Decide, ReservesForMeasuringTheQuality) {
  ImageOptions options;
  options.measure = true;
  Limits limits;
  limits.max_image_bytes = 10'000'000;
  for (const Format format : {Format::jpeg, Format::png}) {
    ImageInfo info = info_of(format, ColorModel::rgb);
    info.one_scan = format == Format::jpeg;
    info.width = info.height = 5000;
    info.end = 20'000'000;
    const auto plan = plan_conversion(info, info.end, limits, options);
    ASSERT_TRUE(plan);
    EXPECT_GT(plan->need_bytes, info.end + limits.max_image_bytes + 6 * info.pixels());
  }
}

// libwebp's coder of alpha holds 39 bytes a pixel. A PNG of few pixels is never made a WebP.
TEST(Decide, ReservesForTheAlphaOfALossyPicture) {
  ImageInfo info = info_of(Format::png, ColorModel::rgba);
  info.end = 20'000'000;
  for (const std::uint32_t side : {500u, 3000u}) {
    info.width = info.height = side;
    info.bit_depth = 16;
    const auto plan = plan_conversion(info, 0, {}, {});
    EXPECT_EQ(plan->max_need_bytes >= 39 * info.pixels(), side == 3000) << side;
  }
}

TEST(Decide, TurnsWhatIsTurnedUnlessTold) {
  ImageOptions keep;
  keep.orient = Orient::keep;
  for (std::uint8_t orientation = 2; orientation <= 8; ++orientation)
    for (const Format format : {Format::jpeg, Format::png, Format::webp}) {
      ImageInfo info = info_of(format, ColorModel::rgb);
      info.orientation = orientation;
      EXPECT_EQ(decided(info).conversions, Names{"orientation"});
      EXPECT_EQ(decided(info).needs_pixels, format != Format::jpeg);
      EXPECT_TRUE(decided(info, {}, keep).keeps);
    }
}

TEST(Decide, ConvertsWebpForAProviderWithoutIt) {
  Limits limits;
  limits.webp = false;
  EXPECT_EQ(decided(info_of(Format::webp, ColorModel::rgb), limits).conversions, Names{"webp_format"});
  EXPECT_TRUE(decided(info_of(Format::png, ColorModel::rgb), limits).keeps);
}

TEST(Decide, MeasuresTheImageWithoutWhatFollowsIt) {
  Limits limits;
  limits.max_image_bytes = 1000;
  const ImageInfo info = info_of(Format::jpeg, ColorModel::rgb);
  EXPECT_TRUE(decided(info, limits, {}, 1000).keeps);
  const Decision trailing = decided(info, limits, {}, 1001);
  EXPECT_EQ(trailing.conversions, Names{"trailing_bytes"});
  EXPECT_FALSE(trailing.over_limit || trailing.needs_pixels);
  limits.max_image_bytes = 999;
  const Decision over = decided(info, limits, {}, 1001);
  EXPECT_TRUE(over.over_limit && !over.needs_pixels && !over.keeps);
  EXPECT_FALSE(over.conversions.contains("trailing_bytes"));
}

TEST(Decide, RefusesMorePixelsThanAllowed) {
  ImageOptions options;
  options.max_pixels = 5000;
  EXPECT_TRUE(plan_conversion(info_of(Format::png, ColorModel::rgb), 1000, {}, options));
  options.max_pixels = 4999;
  const auto refused = plan_conversion(info_of(Format::png, ColorModel::rgb), 1000, {}, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, FaultCode::too_many_pixels);
  ImageInfo huge = info_of(Format::png, ColorModel::rgb);
  huge.width = huge.height = 0x7FFFFFFF;
  EXPECT_FALSE(plan_conversion(huge, 1000, {}, {}));
}

}  // namespace
}  // namespace visionshard::image
