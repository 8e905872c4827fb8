#include "base/json_text.h"

#include <gtest/gtest.h>

#include "../../support/json_oracle.h"
#include "../../support/seeded_random.h"

namespace visionshard::json {
namespace {

TEST(JsonText, UnescapesWhatRfc8259Names) {
  EXPECT_EQ(unescape(""), "");
  EXPECT_EQ(unescape("plain \xC3\xA9"), "plain \xC3\xA9");
  EXPECT_EQ(unescape(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescape(R"(\u0041\u00e9\u20AC)"), "A\xC3\xA9\xE2\x82\xAC");
  EXPECT_EQ(unescape(R"(\ud83d\uDE00)"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(unescape(R"(a\u0000b)"), std::string_view("a\0b", 3));
  EXPECT_EQ(unescape(R"(\u007f\u0080\u07ff\u0800\uffff)"), "\x7f\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF");
  EXPECT_EQ(unescape(R"(\ud800\udc00\udbff\udfff)"), "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
}

TEST(JsonText, MakesUnpairedSurrogatesTheReplacementCharacter) {
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(unescape(R"(\ud800)"), replacement);
  EXPECT_EQ(unescape(R"(\udc00x)"), replacement + "x");
  EXPECT_EQ(unescape(R"(\ud800A)"), replacement + "A");
  EXPECT_EQ(unescape(R"(\ud800\u0041)"), replacement + "A");
  EXPECT_EQ(unescape(R"(\ud800\n)"), replacement + "\n");
  EXPECT_EQ(unescape(R"(\ud800\ud83d\ude00)"), replacement + "\xF0\x9F\x98\x80");
  EXPECT_EQ(unescape(R"(\udc00\ud800)"), replacement + replacement);
}

TEST(JsonText, TellsValidEscapesFromInvalidOnes) {
  for (const char* const text : {"", "a", R"(\n)", R"(\\)", R"(\u12aB)", R"(\ud800)", R"(\\u)", R"(\"x)"})
    EXPECT_TRUE(read_escapes(text).valid) << text;
  for (const char* const text : {"\\", "a\\", R"(\x)", R"(\u)", R"(\u12)", R"(\u12g4)", R"(\\\)", R"(\U0041)", R"(\0)"})
    EXPECT_FALSE(read_escapes(text).valid) << text;
}

TEST(JsonText, FindsTheFirstHalfOfASurrogatePairThatStandsAlone) {
  const auto at = [](std::string_view text) { return read_escapes(text).lone_surrogate; };
  EXPECT_EQ(at(R"(\ud83d\ude00)"), std::string_view::npos);
  EXPECT_EQ(at(R"(\\ud83d)"), std::string_view::npos) << "an escaped backslash";
  EXPECT_EQ(at(R"(ab\uD83D)"), 2u);
  EXPECT_EQ(at(R"(\ud83d\ude00\uDE00\ud83d)"), 12u);
  EXPECT_EQ(at(R"(\ud83d\ud83d\ude00)"), 0u);
  EXPECT_EQ(at(R"(\ude00\ud83d)"), 0u);
  EXPECT_EQ(at(R"(\ud83d\n)"), 0u);
}

// Of a value: 80 characters, and nothing that moves a terminal's cursor.
TEST(JsonText, ShowsTheBeginningOfAValueInAMessage) {
  EXPECT_EQ(excerpt("a\nb\x1b\x7f\"\xC2\x85"), R"("a\nb\u001b\u007f\"\u0085")");
  EXPECT_EQ(excerpt(std::string(80, 'x')), '"' + std::string(80, 'x') + '"');
  EXPECT_EQ(excerpt(std::string(81, 'x')), '"' + std::string(80, 'x') + "\"...");
  std::string euros;
  for (int i = 0; i < 100; ++i) euros += "\xE2\x82\xAC";
  EXPECT_EQ(excerpt(euros), '"' + euros.substr(0, 240) + "\"...") << "characters, not bytes";
  EXPECT_EQ(excerpt("\xFF"), "\"\xEF\xBF\xBD\"");
  const std::string_view ends_of_lines = "\xC2\x85 \xE2\x80\xA8 \xE2\x80\xA9 \x7f \xC2\xA0";
  EXPECT_EQ(excerpt(ends_of_lines), "\"\\u0085 \\u2028 \\u2029 \\u007f \xC2\xA0\"");
  EXPECT_EQ(excerpt_as_spelled(ends_of_lines), "\\u0085 \\u2028 \\u2029 \\u007f \xC2\xA0");
}

TEST(JsonText, ComparesByValueNotBySpelling) {
  EXPECT_TRUE(equals("image_url", "image_url"));
  EXPECT_TRUE(equals(R"(image\u005furl)", "image_url"));
  EXPECT_TRUE(equals(R"(\u0069\u006D\u0061\u0067\u0065\u005f\u0075\u0072\u006c)", "image_url"));
  EXPECT_TRUE(equals("", ""));
  EXPECT_FALSE(equals("Image_url", "image_url"));
  EXPECT_FALSE(equals("image_ur", "image_url"));
  EXPECT_FALSE(equals(R"(image\u005furls)", "image_url"));
}

// Any text survives being written as a JSON string and read back, and what is written is valid.
TEST(JsonText, EscapesSoThatUnescapingGivesTheTextBack) {
  test::SeededRandom random(1);
  const std::vector<std::string> pieces = {"\"",
                                           "\\",
                                           "/",
                                           "\b",
                                           "\f",
                                           "\n",
                                           "\r",
                                           "\t",
                                           std::string(1, '\0'),
                                           "\x1f",
                                           "\x7f",
                                           "a",
                                           " ",
                                           "\xC3\xA9",
                                           "\xE2\x82\xAC",
                                           "\xF0\x9F\x98\x80",
                                           "u0041"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t n = random.below(12); n > 0; --n) text += random.pick(pieces);
    const std::string written = json::quoted(text);
    ASSERT_TRUE(test::json_valid(written)) << written;
    ASSERT_EQ(unescape(std::string_view(written).substr(1, written.size() - 2)), text);
  }
}

TEST(JsonText, AppendsToWhatIsThere) {
  std::string out = "a\"";
  append_escaped(out, "b\"\n");
  EXPECT_EQ(out, "a\"b\\\"\\n");
}

}  // namespace
}  // namespace visionshard::json
