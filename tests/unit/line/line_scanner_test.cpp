#include "line/line_scanner.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "../../support/base64_oracle.h"
#include "../../support/seeded_random.h"

namespace visionshard::line {
namespace {

std::string random_base64(test::SeededRandom& random, std::size_t most_bytes) {
  std::string bytes(random.between(1, most_bytes), '\0');
  for (char& c : bytes) c = random.byte();
  return base64::oracle::encode(bytes);
}

std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

TEST(LineScanner, DecodesALongImageOfALine) {
  const std::string bytes(300'000, 'x'), encoded = base64::oracle::encode(bytes);
  const std::string text = R"({"url":"data:image/png;base64,)" + encoded + "\"}\nnext";
  LineScanner scanner;
  EXPECT_EQ(scanner.find_newline(text, 0), text.size() - 5);
  const std::size_t at = text.find(',') + 1;
  const auto decoded = scanner.decoded(std::string_view(text).substr(at, encoded.size()));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(text_of(*decoded), bytes);
  const auto ranges = scanner.base64_of(std::string_view(text).substr(0, text.size() - 5));
  ASSERT_EQ(ranges.size(), 1u);
  EXPECT_EQ(ranges[0].begin, at);
  EXPECT_EQ(ranges[0].end, at + encoded.size());
}

TEST(LineScanner, DecodesNothingThatIsNotCleanUpToAQuote) {
  const std::string clean = base64::oracle::encode(std::string(60'000, 'x'));
  for (const std::string& encoded :
       {clean + "\n", clean + "\\n\"", clean + " \"", clean + "A\"", clean + "=\"", clean + "AA==", clean + "-\"",
        "\\/" + clean + "\"", clean.substr(0, 30'000) + "\\n" + clean + "\"", std::string("\"")}) {
    const std::string text = "\"data:image/png;base64," + encoded + "}\n";
    LineScanner scanner;
    EXPECT_EQ(scanner.find_newline(text, 0), text.find('\n'));
    EXPECT_FALSE(scanner.decoded(std::string_view(text).substr(text.find(',') + 1, clean.size())));
    EXPECT_TRUE(scanner.base64_of(text).empty());
  }
}

// Against a search for the newline byte by byte and the decoder of the tests.
TEST(LineScanner, FindsTheEndsOfLinesAsASlowSearchDoes) {
  test::SeededRandom random(1);
  LineScanner scanner;
  const std::vector<std::size_t> sizes = {30, 3'000, 90'000};
  int decoded = 0;
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (std::size_t pieces = random.between(1, 40); pieces > 0; --pieces) {
      if (random.one_in(3)) {
        text += random.pick(
            {"\"data:image/jpeg;base64,", ";base64,", "base64,", ";base64", ",", "\"data:image/png;base64,,"});
        text += random_base64(random, random.pick(sizes));
        text += random.pick({"\"", "\"", "\"", "\"}]", "", "\n", "=\""});
      } else {
        text += std::string(random.pick(sizes) / 10, random.pick({"a", "A", ",", " ", "{", "\\"})[0]);
      }
      if (random.one_in(4)) text += '\n';
    }
    text += '\n';
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t newline = scanner.find_newline(text, at);
      ASSERT_EQ(newline, text.find('\n', at)) << i;
      const std::string_view line = std::string_view(text).substr(at, newline - at);
      std::uint32_t last = 0;
      for (const example::Range range : scanner.base64_of(line)) {
        ASSERT_GT(range.begin, last);
        last = range.end;
        ASSERT_EQ(line.substr(range.begin - 8, 8), ";base64,");
        ASSERT_EQ(line[range.end], '"');
        const auto bytes = scanner.decoded(range.of(line));
        ASSERT_TRUE(bytes);
        const base64::oracle::Answer expected = base64::oracle::decode(range.of(line));
        ASSERT_EQ(expected.status, base64::Status::clean);
        ASSERT_EQ(text_of(*bytes), expected.bytes);
        ++decoded;
      }
      at = newline + 1;
    }
  }
  EXPECT_GT(decoded, 50);
}

TEST(LineScanner, FindsNoNewlineWhereThereIsNone) {
  LineScanner scanner;
  EXPECT_EQ(scanner.find_newline("", 0), std::string_view::npos);
  EXPECT_EQ(scanner.find_newline("\"data:image/png;base64,AAAA\"", 0), std::string_view::npos);
}

}  // namespace
}  // namespace visionshard::line
