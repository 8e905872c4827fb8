#include <gtest/gtest.h>
#include <visionshard/image.h>

#include <thread>

#include "../../support/image_files.h"

namespace visionshard {
namespace {

FittedImage fitted(const std::string& file, const Limits& limits = {}, const ImageOptions& options = {},
                   ImageDetail detail = ImageDetail::automatic) {
  auto result = fit_image(std::as_bytes(std::span(file)), limits, options, detail);
  if (const Fault* const fault = std::get_if<Fault>(&result)) {
    ADD_FAILURE() << name(fault->code) << ": " << fault->detail;
    return {};
  }
  return std::move(std::get<FittedImage>(result));
}

std::string text_of(const FittedImage& image) {
  return {reinterpret_cast<const char*>(image.bytes.data()), image.bytes.size()};
}

using Names = std::vector<std::string_view>;

TEST(Image, IsLeftAloneWhereItIsAcceptable) {
  const std::string file = test::jpeg_file({});
  const FittedImage image = fitted(file);
  EXPECT_EQ(text_of(image), file);
  EXPECT_EQ(image.conversions, Names());
  EXPECT_EQ(media_type(image.format), "image/jpeg");
}

TEST(Image, IsNotCopiedWhereItIsAcceptableAndThatIsEnough) {
  const std::string file = test::jpeg_file({});
  const auto kept = fit_unless_acceptable(std::as_bytes(std::span(file)), {});
  ASSERT_TRUE(std::holds_alternative<AcceptableImage>(kept));
  EXPECT_EQ(std::get<AcceptableImage>(kept).format, ImageFormat::jpeg);
  const std::string gray = test::jpeg_file({8, 8, 1});
  const auto converted = fit_unless_acceptable(std::as_bytes(std::span(gray)), {});
  ASSERT_TRUE(std::holds_alternative<FittedImage>(converted));
  EXPECT_EQ(std::get<FittedImage>(converted).bytes, fitted(gray).bytes);
  const auto none = fit_unless_acceptable({}, {});
  ASSERT_TRUE(std::holds_alternative<Fault>(none));
  EXPECT_EQ(std::get<Fault>(none).code, FaultCode::empty_image);
}

TEST(Image, SaysWhatWasDoneToIt) {
  const std::string gray = test::png_file({8, 1, 0, 8}, {0, 30, 60, 90, 120, 150, 180, 255});
  const FittedImage image = fitted(gray);
  EXPECT_EQ(image.conversions, Names{"png_grey"});
  const codec::Pixels pixels = test::png_pixels(text_of(image));
  EXPECT_EQ(pixels.channels, 3u);
  EXPECT_EQ(test::samples_of(pixels).substr(0, 6), std::string("\0\0\0\x1e\x1e\x1e", 6));
}

TEST(Image, IsShrunkBelowTheLimitAndMeasured) {
  const std::string file = test::jpeg_file(test::photograph(400, 300, 1), 95);
  Limits limits;
  limits.max_image_bytes = file.size() / 2;
  ImageOptions options;
  options.measure = true;
  const FittedImage image = fitted(file, limits, options);
  EXPECT_LE(image.bytes.size(), limits.max_image_bytes);
  EXPECT_TRUE(image.shrunk);
  ASSERT_TRUE(image.psnr_db);
  EXPECT_GT(*image.psnr_db, 25);
}

TEST(Image, IsReducedToWhatAModelSeesByItsDetail) {
  const std::string file = test::jpeg_file(test::photograph(1600, 1200, 1), 90);
  ImageOptions options;
  options.fit_model = FitModel::tiles;
  const auto width = [&](ImageDetail detail) {
    return test::jpeg_pixels(text_of(fitted(file, {}, options, detail))).width;
  };
  EXPECT_EQ(width(ImageDetail::high), 1024u);
  EXPECT_EQ(width(ImageDetail::low), 512u);
}

TEST(Image, ThatCannotBeUsedHasAFault) {
  Limits limits;
  ImageOptions options;
  options.max_pixels = 63;
  const auto code = [&](const std::string& file) {
    const auto result = fit_image(std::as_bytes(std::span(file)), limits, options);
    const Fault* const fault = std::get_if<Fault>(&result);
    return fault == nullptr ? "none" : std::string(name(fault->code));
  };
  EXPECT_EQ(code(""), "empty_image");
  EXPECT_EQ(code("no image"), "unknown_format");
  EXPECT_EQ(code(test::jpeg_file({8, 8})), "too_many_pixels");
  EXPECT_EQ(code(test::jpeg_file({7, 8})), "none");
  EXPECT_EQ(code(test::jpeg_file({7, 8}).substr(0, 200)), "corrupt_image");
}

TEST(Image, IsTheSameFromAllThreads) {
  const std::string file = test::jpeg_file({40, 24, 4});
  std::vector<std::string> results(4);
  {
    std::vector<std::jthread> threads;
    for (std::string& result : results) threads.emplace_back([&] { result = text_of(fitted(file)); });
  }
  for (const std::string& result : results) EXPECT_EQ(result, results[0]);
}

}  // namespace
}  // namespace visionshard
