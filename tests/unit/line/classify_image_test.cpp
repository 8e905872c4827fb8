#include "line/classify_image.h"

#include <gtest/gtest.h>

#include <cstring>

#include "../../support/base64_oracle.h"
#include "../../support/image_files.h"
#include "example/splice.h"
#include "line/stages.h"

namespace visionshard::line {
namespace {

using image::Conversion;

std::string data_url_of(const std::string& type, const std::string& file) {
  return "data:image/" + type + ";base64," + base64::oracle::encode(file);
}
std::string part_of(const std::string& url) { return R"({"type":"image_url","image_url":{"url":")" + url + R"("}})"; }
std::string text_part(const std::string& text) { return R"({"type":"text","text":")" + text + R"("})"; }
std::string line_of(const std::string& parts) {
  return R"({"messages":[{"role":"user","content":[)" + parts + R"(]},{"role":"assistant","content":"yes"}]})";
}

class OneLine : public testing::Test {
 protected:
  OneLine() {
    context_.budget = &budget_;
    context_.limits.min_examples = 0;
  }

  void parse(const std::string& line) {
    batch_.clear();
    batch_.text.block.reserve(line.size() + 1 + input::block_padding);
    std::memcpy(batch_.text.block.data(), line.data(), line.size());
    batch_.text.block.data()[line.size()] = std::byte{'\n'};
    batch_.text.end = line.size() + 1;
    ASSERT_TRUE(parse_batch(batch_, context_, scratch_));
    ASSERT_EQ(batch_.records.size(), 1u);
  }
  // The task of the only image of an example.
  const ImageTask& classify(const std::string& url) {
    parse(line_of(part_of(url)));
    EXPECT_EQ(batch_.tasks.size(), 1u);
    return batch_.tasks.at(0);
  }
  FaultCode fault_of(const std::string& url) {
    parse(line_of(part_of(url)));
    if (!batch_.records[0].fault) {
      EXPECT_EQ(batch_.tasks.at(0).outcome, ImageOutcome::refused);
      return batch_.tasks.at(0).fault->code;
    }
    return batch_.records[0].fault->code;
  }
  // What is written of a line, or the reason for its rejection.
  std::string assembled(const std::string& line) {
    parse(line);
    for (std::size_t i = 0; i < batch_.pending.size(); ++i)
      apply_result(batch_, i, *convert_image(batch_, i, context_, true));
    assemble(batch_, context_);
    const LineRecord& record = batch_.records[0];
    if (record.state == LineState::rejected) return std::string(name(record.fault->code)) + " " + record.fault->pointer;
    std::vector<iovec> pieces;
    example::append_pieces(batch_.text_of(record), record.edits, pieces);
    std::string text;
    for (const iovec& piece : pieces) text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    EXPECT_EQ(record.output_bytes, text.size() + 1);
    return text;
  }

  const std::string png_ = test::png_file(test::photograph(8, 8, 1));
  engine::Budget budget_{64 << 20};
  LineContext context_;
  Scratch scratch_;
  LineBatch batch_;
};

using ClassifyImage = OneLine;
using Assemble = OneLine;

TEST_F(ClassifyImage, KeepsAnImageThatTheProviderTakes) {
  const ImageTask& task = classify(data_url_of("png", png_));
  EXPECT_EQ(task.outcome, ImageOutcome::kept);
  EXPECT_FALSE(task.conversions.any());
  EXPECT_EQ(task.facts_before.format, "PNG");
  EXPECT_EQ(task.facts_before.bytes, png_.size());
  EXPECT_TRUE(batch_.pending.empty());
}

TEST_F(ClassifyImage, CountsAWebUrlThatIsKeptWithoutATask) {
  parse(line_of(part_of("https://example.com/a.png")));
  EXPECT_EQ(batch_.records[0].kept_urls, 1u);
  EXPECT_TRUE(batch_.tasks.empty());
}

TEST_F(ClassifyImage, KeepsAWebUrlWithoutFactsWhereImagesMayBeDropped) {
  context_.line.on_bad_image = OnBad::drop;
  const ImageTask& task = classify("https://example.com/a.png");
  EXPECT_EQ(task.outcome, ImageOutcome::kept);
  EXPECT_TRUE(task.facts_before.format.empty());
}

TEST_F(ClassifyImage, CorrectsAWrongMediaTypeWithoutTheImage) {
  const ImageTask& task = classify(data_url_of("jpeg", png_));
  EXPECT_EQ(task.outcome, ImageOutcome::relabelled);
  EXPECT_TRUE(task.conversions.has(Conversion::media_type));
  EXPECT_EQ(as_text(task.edit.text), "data:image/png;base64,");
  EXPECT_EQ(task.edit.end - task.edit.begin, std::string_view("data:image/jpeg;base64,").size());
}

TEST_F(ClassifyImage, WritesBase64WithLineBreaksAgain) {
  std::string url = data_url_of("png", png_);
  url.insert(url.size() - 8, "\\n");
  const ImageTask& task = classify(url);
  EXPECT_EQ(task.outcome, ImageOutcome::relabelled);
  EXPECT_TRUE(task.conversions.has(Conversion::base64_spelling));
  EXPECT_EQ(as_text(task.edit.text), data_url_of("png", png_));
}

TEST_F(ClassifyImage, LeavesAnImageThatMustBeDecodedPending) {
  const ImageTask& task = classify(data_url_of("jpeg", test::jpeg_file({.components = 1})));
  EXPECT_EQ(task.outcome, ImageOutcome::pending);
  ASSERT_EQ(batch_.pending.size(), 1u);
  EXPECT_GT(batch_.pending[0].need_bytes, 8u * 8u);
}

TEST_F(ClassifyImage, LeavesAnImageOverTheByteLimitPending) {
  context_.limits.max_image_bytes = png_.size() - 1;
  EXPECT_EQ(classify(data_url_of("png", png_)).outcome, ImageOutcome::pending);
  context_.limits.max_image_bytes = png_.size();
  EXPECT_EQ(classify(data_url_of("png", png_)).outcome, ImageOutcome::kept);
}

TEST_F(ClassifyImage, TakesAResultThatIsKnown) {
  engine::ConversionCache cache(budget_);
  context_.cache = &cache;
  const std::string url = data_url_of("jpeg", test::jpeg_file({.components = 1}));
  ASSERT_EQ(classify(url).outcome, ImageOutcome::pending);
  engine::SharedResult result;
  ASSERT_EQ(cache.claim(batch_.pending[0].key, {&batch_, 0}, result), engine::ConversionCache::Claim::owned);
  cache.publish(batch_.pending[0].key, *convert_image(batch_, 0, context_, true));
  const ImageTask& task = classify(url);
  EXPECT_EQ(task.outcome, ImageOutcome::converted);
  EXPECT_TRUE(task.conversions.has(Conversion::jpeg_gray));
  EXPECT_TRUE(batch_.pending.empty());
}

TEST_F(ClassifyImage, NamesTheReasonForAValueThatIsNoImage) {
  EXPECT_EQ(fault_of("data:image/png;base64,A===="), FaultCode::bad_base64);
  EXPECT_EQ(fault_of(data_url_of("png", "no image at all")), FaultCode::unknown_format);
  EXPECT_EQ(fault_of(data_url_of("png", png_.substr(0, png_.size() - 20))), FaultCode::corrupt_image);
  EXPECT_EQ(fault_of("pictures/a.png"), FaultCode::bad_url);  // without --image-root
  context_.limits.urls = false;
  EXPECT_EQ(fault_of("https://example.com/a.png"), FaultCode::url_not_allowed);
}

TEST_F(Assemble, LeavesALineWithoutChangesAsItIs) {
  const std::string line = line_of(text_part("a") + ", " + part_of(data_url_of("png", png_)));
  EXPECT_EQ(assembled(line), line);
}

TEST_F(Assemble, TakesOutADroppedPartWithOneComma) {
  context_.line.on_bad_image = OnBad::drop;
  const std::string bad = part_of("data:image/png;base64,A====");
  EXPECT_EQ(assembled(line_of(bad + ", " + text_part("a"))), line_of(text_part("a")));
  EXPECT_EQ(assembled(line_of(text_part("a") + ", " + bad)), line_of(text_part("a")));
  EXPECT_EQ(assembled(line_of(text_part("a") + ", " + bad + " ," + text_part("b"))),
            line_of(text_part("a") + " ," + text_part("b")));
  EXPECT_EQ(assembled(line_of(bad + "," + bad + "," + text_part("a"))), line_of(text_part("a")));
}

TEST_F(Assemble, RejectsALineWhereNoPartWouldStay) {
  context_.line.on_bad_image = OnBad::drop;
  EXPECT_EQ(assembled(line_of(part_of("data:image/png;base64,A===="))), "bad_base64 /messages/0/content/0");
}

TEST_F(Assemble, RejectsALineForTheFirstRefusedImage) {
  EXPECT_EQ(assembled(line_of(part_of("https://example.com/a.png") + "," + part_of("data:image/png;base64,A===="))),
            "bad_base64 /messages/0/content/1");
}

TEST_F(Assemble, MakesAStringFormAnObjectWithItsDetail) {
  context_.line.detail = DetailOption::low;
  EXPECT_EQ(assembled(line_of(R"({"type":"image_url","image_url":"https://example.com/a.png"})")),
            line_of(R"({"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}})"));
}

TEST_F(Assemble, RejectsALineThatNoFileWouldHold) {
  const std::string line = line_of(text_part("a"));
  context_.limits.max_shard_bytes = line.size();  // its newline is one more
  EXPECT_EQ(assembled(line), "example_too_large ");
  context_.limits.max_shard_bytes = line.size() + 1;
  EXPECT_EQ(assembled(line), line);
}

TEST_F(Assemble, RejectsALineThatKeepsTooManyImages) {
  context_.line.on_bad_image = OnBad::drop;
  context_.limits.max_images_per_example = 1;
  const std::string good = part_of("https://example.com/a.png"), bad = part_of("data:image/png;base64,A====");
  EXPECT_EQ(assembled(line_of(good + "," + bad)), line_of(good));
  EXPECT_EQ(assembled(line_of(good + "," + bad + "," + good)), "too_many_images /messages/0/content/2");
}

}  // namespace
}  // namespace visionshard::line
