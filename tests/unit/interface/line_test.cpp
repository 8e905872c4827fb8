#include <gtest/gtest.h>
#include <visionshard/base64.h>
#include <visionshard/line.h>

#include <thread>

#include "../../support/image_files.h"

namespace visionshard {
namespace {

std::string line_with_image(const std::string& url) {
  return R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":")" + url +
         R"("}}]},{"role":"assistant","content":"y"}]})";
}

std::string jpeg_url(const std::string& file, const char* type = "image/jpeg") {
  return std::string("data:") + type + ";base64," + encode_base64(std::as_bytes(std::span(file)));
}

std::vector<std::string> codes(std::string_view line, const Limits& limits = {}, const ImageOptions& images = {}) {
  std::vector<std::string> found;
  for (const Finding& finding : check_line(line, limits, images)) found.emplace_back(finding.code);
  return found;
}

using Codes = std::vector<std::string>;

TEST(Line, ThatAProviderTakesHasNoFinding) {
  EXPECT_EQ(codes(line_with_image(jpeg_url(test::jpeg_file({})))), Codes());
  EXPECT_EQ(codes(line_with_image("https://example.org/a.png")), Codes());
  EXPECT_EQ(codes(""), Codes());
  EXPECT_EQ(codes(" \t\r"), Codes());
}

TEST(Line, HasAllFindingsWithTheirPlaces) {
  const auto findings = check_line(line_with_image(jpeg_url(test::jpeg_file({8, 8, 1}), "image/png")), {});
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].code, "media_type");
  EXPECT_EQ(findings[1].code, "jpeg_grey");
  // No document of OpenAI names the media type as a reason; Together's checker requires it to be exact.
  EXPECT_EQ(findings[0].effect, Effect::warning);
  EXPECT_EQ(findings[1].effect, Effect::skipped);
  Limits exact;
  exact.exact_media_type = true;
  const std::string other = line_with_image(jpeg_url(test::jpeg_file({}), "image/png"));
  EXPECT_EQ(check_line(other, exact).front().effect, Effect::skipped);
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.pointer, "/messages/0/content/0");
    EXPECT_TRUE(finding.repairable);
    EXPECT_EQ(finding.line, 1u);
    EXPECT_EQ(finding.file, "");
  }
}

TEST(Line, IsHeldToTheLimitsGiven) {
  const std::string line = line_with_image(jpeg_url(test::jpeg_file({})));
  Limits none;
  none.max_images_per_example = 0;
  EXPECT_EQ(codes(line, none), Codes{"too_many_images"});
  Limits small;
  small.max_image_bytes = 10;
  EXPECT_EQ(codes(line, small), Codes{"image_too_large"});
  ImageOptions few_pixels;
  few_pixels.max_pixels = 10;
  EXPECT_EQ(codes(line, {}, few_pixels), Codes{"too_many_pixels"});
}

TEST(Line, MayBeAnyBytes) {
  EXPECT_EQ(codes("\xff"), Codes{"invalid_utf8"});
  EXPECT_EQ(codes("[1]"), Codes{"not_an_object"});
  EXPECT_EQ(codes(std::string(1, '\0')), Codes{"invalid_json"});
  EXPECT_EQ(codes(line_with_image("/etc/passwd")), Codes{"bad_url"});
}

TEST(Line, OfSeveralIsNumbered) {
  const auto findings = check_line("{\n\n[]", {});
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].line, 1u);
  EXPECT_EQ(findings[1].line, 3u);
}

TEST(Line, MayBeCheckedOnManyThreads) {
  const std::string line = line_with_image(jpeg_url(test::jpeg_file({40, 24, 1})));
  std::vector<Codes> results(4);
  {
    std::vector<std::jthread> threads;
    for (Codes& result : results) threads.emplace_back([&] { result = codes(line); });
  }
  for (const Codes& result : results) EXPECT_EQ(result, Codes{"jpeg_grey"});
}

}  // namespace
}  // namespace visionshard
