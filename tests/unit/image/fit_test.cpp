#include "image/fit.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../../support/image_files.h"
#include "../../support/seeded_random.h"

namespace visionshard::image {
namespace {

using codec::Format;

struct Outcome {
  std::string fault;
  Fitted fitted;
};

Outcome fitted(const std::string& file, const Limits& limits = {}, const ImageOptions& options = {}) {
  const ByteView bytes = as_bytes(file);
  const auto info = codec::probe(bytes);
  if (!info) return {std::string(name(info.error().code)), {}};
  const auto plan = plan_conversion(*info, bytes.size(), limits, options);
  if (!plan) return {std::string(name(plan.error().code)), {}};
  auto result = fit_image(bytes, *info, *plan, limits, options);
  if (!result) return {std::string(name(result.error().code)), {}};
  return {"", std::move(*result)};
}

std::vector<std::string> files_to_convert() {
  std::vector<std::string> files;
  for (const unsigned orientation : {1u, 3u, 6u})
    for (const int components : {1, 3, 4})
      for (const bool progressive : {false, true}) {
        test::JpegShape shape{40, 24, components, 92, progressive};
        if (orientation != 1) shape.segments = test::exif_segment(orientation);
        files.push_back(test::jpeg_file(shape));
      }
  const std::tuple<int, int, std::size_t> kinds[] = {{0, 1, 3},   {0, 8, 20},   {0, 16, 40}, {4, 8, 40},
                                                     {4, 16, 80}, {2, 16, 120}, {6, 16, 160}};
  test::SeededRandom random(5);
  for (const auto& [type, depth, row_bytes] : kinds) {
    std::vector<std::uint8_t> rows(row_bytes * 10);
    for (std::uint8_t& b : rows) b = static_cast<std::uint8_t>(random.byte());
    files.push_back(test::png_file({20, 10, type, depth}, rows));
  }
  files.push_back(test::webp_file(test::photograph(30, 20, 1), false));
  files.push_back(test::webp_file(test::photograph(30, 20, 1, 4), true));
  return files;
}

// What comes out needs nothing done to it any more.
TEST(Fit, MakesWhatTheProviderTakes) {
  Limits no_webp;
  no_webp.webp = false;
  for (const std::string& file : files_to_convert())
    for (Limits limits : {Limits(), no_webp})
      for (const std::uint64_t max_image_bytes : {700u, 1'500u, 10'000'000u}) {
        limits.max_image_bytes = max_image_bytes;
        const Outcome outcome = fitted(file, limits);
        if (outcome.fault == "cannot_fit") {
          EXPECT_LT(max_image_bytes, 10'000'000u);
          continue;
        }
        ASSERT_EQ(outcome.fault, "");
        if (outcome.fitted.bytes.empty()) continue;
        const auto info = codec::probe(outcome.fitted.bytes);
        ASSERT_TRUE(info) << info.error().detail;
        EXPECT_EQ(info->format, outcome.fitted.format);
        EXPECT_LE(outcome.fitted.bytes.size(), max_image_bytes);
        EXPECT_TRUE(plan_conversion(*info, outcome.fitted.bytes.size(), limits, {})->keeps());
        EXPECT_TRUE(verify_pixels(outcome.fitted.bytes, *info));
      }
}

// With little memory reserved, a JPEG over the limit is made smaller or left alone, never decoded.
TEST(Fit, SaysThatAnImageMustBeDecoded) {
  const std::string file = test::jpeg_file(test::photograph(500, 400, 1), 92, 2, 1);
  const auto info = codec::probe(as_bytes(file));
  ASSERT_TRUE(info);
  Limits limits;
  for (const std::uint64_t share : {2u, 40u}) {
    limits.max_image_bytes = file.size() / share;
    auto plan = plan_conversion(*info, file.size(), limits, {});
    ASSERT_TRUE(plan);
    plan->has_max = false;
    const auto fitted = fit_image(as_bytes(file), *info, *plan, limits, {});
    ASSERT_TRUE(fitted);
    EXPECT_EQ(fitted->needs_max, share == 40);
    EXPECT_EQ(fitted->bytes.empty(), share == 40);
    plan->has_max = true;
    const auto decoded = fit_image(as_bytes(file), *info, *plan, limits, {});
    ASSERT_TRUE(decoded);
    EXPECT_LE(decoded->bytes.size(), limits.max_image_bytes);
    EXPECT_FALSE(decoded->needs_max || decoded->bytes.empty());
  }
}

TEST(Fit, IsTheSameEveryTime) {
  Limits limits;
  limits.max_image_bytes = 1'200;
  for (const std::string& file : files_to_convert()) {
    const Outcome a = fitted(file, limits), b = fitted(file, limits);
    EXPECT_EQ(as_text(a.fitted.bytes), as_text(b.fitted.bytes));
  }
}

TEST(Fit, ConvertsPngToTheSamePicture) {
  const test::PngShape shape{20, 10, 4, 8};
  std::vector<std::uint8_t> rows;
  for (unsigned i = 0; i < 400; ++i) rows.push_back(static_cast<std::uint8_t>(i * 7));
  const Outcome outcome = fitted(test::png_file(shape, rows));
  ASSERT_EQ(outcome.fault, "");
  const codec::Pixels pixels = test::png_pixels(std::string(as_text(outcome.fitted.bytes)));
  ASSERT_EQ(pixels.channels, 4u);
  for (unsigned i = 0; i < 200; ++i) {
    for (unsigned k = 0; k < 3; ++k) ASSERT_EQ(std::to_integer<unsigned>(pixels.data.data()[4 * i + k]), rows[2 * i]);
    ASSERT_EQ(std::to_integer<unsigned>(pixels.data.data()[4 * i + 3]), rows[2 * i + 1]);
  }
}

TEST(Fit, CutsOffTrailingBytesWhereTheyAreTooMany) {
  const std::string file = test::jpeg_file({16, 16});
  Limits limits;
  limits.max_image_bytes = file.size();
  const Outcome outcome = fitted(file + std::string(100, 'x'), limits);
  ASSERT_EQ(outcome.fault, "");
  EXPECT_EQ(as_text(outcome.fitted.bytes), file);
}

TEST(Fit, TellsThatALosslesslyRewrittenImageIsDamagedWherePixelsAreVerified) {
  test::JpegShape shape{64, 64, 1};
  std::string file = test::jpeg_file(shape);
  file.erase(file.size() - 40, 38);
  ImageOptions options;
  options.verify = Verify::pixels;
  EXPECT_EQ(fitted(file, {}, options).fault, "corrupt_image");
}

}  // namespace
}  // namespace visionshard::image
