#include "example/parse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../../support/json_oracle.h"
#include "../../support/seeded_random.h"

namespace visionshard::example {
namespace {

std::string validation(LineParser& parser, std::string_view line, ExampleSpans& spans) {
  std::string padded(line);
  padded.append(line_padding, '"');  // what stands after a line must not matter
  const auto parsed = parser.parse(std::string_view(padded).substr(0, line.size()), spans);
  return parsed ? "" : std::string(name(parsed.error().code));
}

std::string validation(std::string_view line) {
  LineParser parser;
  ExampleSpans spans;
  return validation(parser, line, spans);
}

std::string expected_verdict(std::string_view line) {
  if (!test::utf8_valid(line)) return "invalid_utf8";
  if (!test::json_valid(line)) return "invalid_json";
  return test::JsonOracle::is_object(line) ? "" : "not_an_object";
}

const std::vector<std::string>& realistic_lines() {
  static const std::vector<std::string> lines = {
      R"({"messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"}}]},{"role":"assistant","content":"A cat.","weight":1}]})",
      R"( { "messages" : [ { "role" : "system" , "content" : "Be \"brief\"\n" } , { "content" : null , "role" : "assistant" , "tool_calls" : [ { "id" : "a" , "function" : { "arguments" : "{\"x\":[1,2]}" } } ] } ] , "tools" : [ ] } )",
      "{\"messages\":[{\"role\":\"user\",\"content\":[{\"image_url\":\"https:\\/\\/example.com\\/"
      "a.png\",\"type\":\"image"
      "\\u005furl\"},{}]}],\"meta\":{\"score\":-1.25e-3,\"tags\":[true,false,null,0,[[],{}]],\"n\xC3\xA4me\":"
      "\"\xF0\x9F\x98\x80 "
      "\\ud83d\\ude00\"}}",
      R"({"source":{"file":"a","line":1,"byte":0},"reason":"bad_role","pointer":"","detail":"","raw":"{\"messages\":[]}"})",
      R"({"a":0,"b":-0,"c":1e5,"d":1.0E+2,"e":"","f":{},"g":[],"messages":[1,"x",null,{"content":[1,[2],"y",{"type":7}]}]})",
      R"([{"messages":[]},1,"two"])",
      R"("a \"string\"")",
      "-12.5e3",
      "true",
      "null"};
  return lines;
}

std::string mutated(test::SeededRandom& random) {
  std::string line = random.pick(realistic_lines());
  for (std::size_t n = random.between(1, random.one_in(3) ? 4 : 1); n > 0 && !line.empty(); --n) {
    const std::size_t at = random.below(line.size());
    switch (random.below(7)) {
      case 0: line[at] = static_cast<char>(line[at] ^ 1 << random.below(8)); break;
      case 1: line[at] = random.byte(); break;
      case 2: line.erase(at, random.between(1, 4)); break;
      case 3:
        line.insert(at, random.pick({"{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00e", "0", "-", ".", "e", "+"}));
        break;
      case 4:
        line.insert(at, random.pick({" ", "\t", "\r", "\x1f", "\x7f", "tru", "null", "\"a\":1,", "\xC3", "\x80",
                                     "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC0\xAF", "\xEF\xBB\xBF"}));
        break;
      case 5: line.resize(at); break;
      default: std::swap(line[at], line[random.below(line.size())]);
    }
  }
  return line;
}

TEST(Parse, TakesRealisticLines) {
  for (const std::string& line : realistic_lines()) EXPECT_EQ(validation(line), expected_verdict(line)) << line;
}

TEST(Parse, JudgesMutatedLinesAsTheStandardDoes) {
  test::SeededRandom random(1);
  LineParser parser;
  ExampleSpans spans;
  int valid = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::string line = mutated(random);
    const std::string expected = expected_verdict(line);
    valid += expected.empty();
    ASSERT_EQ(validation(parser, line, spans), expected) << i << ": " << testing::PrintToString(line);
  }
  EXPECT_GT(valid, 5'000);
}

// Blocks of lines without and with broken ones among them, lines from elsewhere between them, byte order marks before
// them, carriage returns after them, and some that are longer than what is looked at together.
TEST(Parse, JudgesLinesOfABlockAsItDoesEachAlone) {
  test::SeededRandom random(2);
  LineParser parser, alone;
  ExampleSpans spans, expected_outline;
  int valid = 0, broken = 0;
  for (int block = 0; block < 300; ++block) {
    const std::size_t broken_in = random.pick(std::vector<std::size_t>{5, 200, 1'000'000});
    std::vector<std::string> lines(random.between(1, 1'000));
    std::vector<std::size_t> begins;
    std::string text;
    for (std::string& line : lines) {
      line = random.one_in(broken_in) ? mutated(random) : random.pick(realistic_lines());
      std::erase(line, '\n');
      if (random.one_in(2'000)) line = "[\"" + std::string(random.between(1, 80'000), 'x') + "\"]";
      if (random.one_in(broken_in)) text += "\xEF\xBB\xBF";
      begins.push_back(text.size());
      text += line;
      text += random.one_in(10) ? "\r\n" : "\n";
    }
    const std::size_t end = text.size();
    text.append(line_padding, '"');
    parser.expect_lines_of(std::string_view(text).substr(0, end));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (random.one_in(20)) continue;  // too long, say
      if (random.one_in(500)) validation(parser, random.pick(realistic_lines()), spans);
      const std::string_view line = std::string_view(text).substr(begins[i], lines[i].size());
      const auto parsed = parser.parse(line, spans);
      const std::string found = parsed ? "" : std::string(name(parsed.error().code));
      ASSERT_EQ(found, expected_verdict(line)) << block << ", " << i << ": " << testing::PrintToString(line);
      ++(parsed ? valid : broken);
      ASSERT_EQ(validation(alone, line, expected_outline), found);
      ASSERT_EQ(spans.messages.size(), expected_outline.messages.size());
      ASSERT_EQ(spans.messages_range.end, expected_outline.messages_range.end);
      ASSERT_EQ(spans.parts.size(), expected_outline.parts.size());
      for (std::size_t p = 0; p < spans.parts.size(); ++p) {
        ASSERT_EQ(spans.parts[p].range.begin, expected_outline.parts[p].range.begin);
        ASSERT_EQ(spans.parts[p].url_range.end, expected_outline.parts[p].url_range.end);
      }
      ASSERT_EQ(spans.lone_surrogate_at, expected_outline.lone_surrogate_at);
    }
    parser.expect_lines_of({});
  }
  EXPECT_GT(valid, 50'000);
  EXPECT_GT(broken, 5'000);
}

// Where base64 stands between a comma and a quote, at any place of a valid or broken line.
std::vector<Range> base64_in(std::string_view line) {
  constexpr std::string_view mark = ";base64,";
  std::vector<Range> ranges;
  for (std::size_t at = line.find(mark); at != std::string_view::npos; at = line.find(mark, at + 1)) {
    const std::size_t begin = at + mark.size();
    const std::size_t end =
        line.find_first_not_of("+/0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", begin);
    if (end != std::string_view::npos && end > begin && line[end] == '"')
      ranges.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
  }
  return ranges;
}

TEST(Parse, JudgesALineWithoutItsBase64AsItDoesWhole) {
  test::SeededRandom random(3);
  LineParser around, whole;
  ExampleSpans spans, expected;
  int valid = 0, broken = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string line = random.one_in(2) ? mutated(random) : random.pick(realistic_lines());
    for (std::size_t n = random.between(1, 3); n > 0; --n) {
      const std::string base64(random.between(1, random.one_in(100) ? 100'000 : 100), 'A');
      const std::string url = "data:image/png;base64," + base64 + '"';
      const std::size_t old = line.find("iVBORw0KGgo=\"");
      if (old != std::string::npos) line.replace(old, 13, base64 + "iVBORw0KGgo=\"");
      // In a string that it ends, as a string, as a key, or anywhere.
      const std::size_t at = random.below(line.size() + 1);
      const std::size_t quote = line.find('"', at);
      if (random.one_in(2) && quote != std::string::npos)
        line.replace(quote, 1, url);
      else if (random.one_in(8))
        line.insert(at, random.pick({"\"", "", "{\"", ",\"\\n"}) + url + random.pick({"", ":1}", ",", "\""}));
    }
    const std::vector<Range> ranges = base64_in(line);
    const std::size_t size = line.size();
    line.append(line_padding, '"');
    const std::string_view text = std::string_view(line).substr(0, size);
    const auto found = around.parse(text, spans, ranges);
    const auto judged = whole.parse(text, expected);
    ASSERT_EQ(found.has_value(), judged.has_value()) << i << ": " << testing::PrintToString(line.substr(0, 1000));
    ++(found ? valid : broken);
    if (!found) {
      ASSERT_EQ(found.error().detail, judged.error().detail);
      continue;
    }
    ASSERT_EQ(spans.messages.size(), expected.messages.size());
    ASSERT_EQ(spans.messages_range.end, expected.messages_range.end);
    ASSERT_EQ(spans.parts.size(), expected.parts.size());
    for (std::size_t p = 0; p < spans.parts.size(); ++p) {
      ASSERT_EQ(spans.parts[p].range.begin, expected.parts[p].range.begin);
      ASSERT_EQ(spans.parts[p].url_range.begin, expected.parts[p].url_range.begin);
      ASSERT_EQ(spans.parts[p].url_range.end, expected.parts[p].url_range.end);
    }
    ASSERT_EQ(spans.lone_surrogate_at, expected.lone_surrogate_at);
  }
  EXPECT_GT(valid, 2'000);
  EXPECT_GT(broken, 2'000);
}

TEST(Parse, JudgesEveryTruncationAsTheStandardDoes) {
  LineParser parser;
  ExampleSpans spans;
  for (const std::string& line : realistic_lines())
    for (std::size_t size = 0; size <= line.size(); ++size) {
      const std::string_view cut = std::string_view(line).substr(0, size);
      ASSERT_EQ(validation(parser, cut, spans), expected_verdict(cut)) << cut;
    }
}

TEST(Parse, JudgesEveryByteInAStringAndOutsideAsTheStandardDoes) {
  LineParser parser;
  ExampleSpans spans;
  for (int byte = 0; byte < 256; ++byte)
    for (const char* const pattern : {R"({"a":"x@y"})", R"({"a@":1})", R"({"a":1@})", R"(@{"a":1})", R"({"a":1}@)",
                                      R"({"messages":[@]})", R"({"a":"\@"})", R"({"a":[1@2]})", R"({"a":@})"}) {
      std::string line = pattern;
      line[line.find('@')] = static_cast<char>(byte);
      ASSERT_EQ(validation(parser, line, spans), expected_verdict(line)) << testing::PrintToString(line);
    }
}

// Every sequence of up to six tokens as a value where nothing is looked for, and as messages, a message, a part.
TEST(Parse, JudgesEveryShortSequenceOfTokensAsTheStandardDoes) {
  LineParser parser;
  ExampleSpans spans;
  const std::vector<std::string> tokens = {"{", "}", "[", "]", ",", ":", R"("a")", "1"};
  const std::pair<const char*, const char*> places[] = {{R"({"x":)", "}"},
                                                        {R"({"messages":)", "}"},
                                                        {R"({"messages":[)", "]}"},
                                                        {R"({"messages":[{"content":[)", "]}]}"},
                                                        {R"({"messages":[{"content":[{"image_url":)", "}]}]}"},
                                                        {"[", "]"},
                                                        {"", ""}};
  std::size_t wrong = 0;
  for (std::size_t length = 1; length <= 6; ++length)
    for (std::size_t code = 0; code < std::size_t{1} << 3 * length; ++code) {
      std::string sequence;
      for (std::size_t i = 0; i < length; ++i) sequence += tokens[code >> 3 * i & 7];
      for (const auto& [before, after] : places) {
        const std::string line = before + sequence + after;
        const std::string actual = validation(parser, line, spans), expected = expected_verdict(line);
        if (actual == expected) continue;
        EXPECT_EQ(actual, expected) << line;
        if (++wrong == 12) FAIL() << "and more";
      }
    }
}

TEST(Parse, JudgesNumbersAsTheStandardDoes) {
  LineParser parser;
  ExampleSpans spans;
  // Every token of up to five of these characters.
  const std::string alphabet = "-+.e0123E";
  for (std::size_t length = 1; length <= 4; ++length) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < length; ++i) count *= alphabet.size();
    for (std::size_t code = 0; code < count; ++code) {
      std::string token;
      for (std::size_t i = 0, rest = code; i < length; ++i, rest /= alphabet.size())
        token += alphabet[rest % alphabet.size()];
      const std::string line = "{\"a\":" + token + "}";
      ASSERT_EQ(validation(parser, line, spans), expected_verdict(line)) << line;
    }
  }
}

std::string nested(std::size_t arrays, const char* before) {
  return before + std::string(arrays, '[') + std::string(arrays, ']') + "}";
}

TEST(Parse, TakesNestingUpToTheLimit) {
  EXPECT_EQ(validation(nested(max_depth - 1, R"({"a":)")), "");
  EXPECT_EQ(validation(nested(max_depth - 1, R"({"messages":)")), "");
  std::string objects = "1";
  for (unsigned i = 0; i < max_depth; ++i) objects = "{\"a\":" + objects + "}";
  EXPECT_EQ(validation(objects), "");
}

TEST(Parse, RefusesDeeperNesting) {
  for (const char* const before :
       {R"({"a":)", R"({"messages":)", R"({"messages":[{"content":)", R"({"messages":[{"x":)"}) {
    const std::string after = std::string(before).find('[') == std::string::npos ? "" : "}]";
    for (const std::size_t arrays : {max_depth + 1, 2 * max_depth, 200'000u}) {
      std::string line = nested(arrays, before);
      line.insert(line.size() - 1, after);
      ASSERT_TRUE(
          test::json_valid(line.substr(0, 0) + nested(10, before).insert(nested(10, before).size() - 1, after)));
      EXPECT_EQ(validation(line), "invalid_json") << arrays << before;
    }
  }
}

TEST(Parse, NamesThePlaceOfTheFault) {
  LineParser parser;
  ExampleSpans spans;
  std::string line = R"({"messages":[{"role":tru}]})";
  line.append(line_padding, ' ');
  const auto parsed = parser.parse(std::string_view(line).substr(0, line.size() - line_padding), spans);
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().detail.find("byte 21 of 27"), std::string::npos) << parsed.error().detail;
}

// A line put together from parts that are known, with white space and unknown keys around them.
class BuiltLine {
 public:
  explicit BuiltLine(test::SeededRandom& random) : random_(random) {
    const std::size_t messages = random_.below(4);
    std::string list;
    for (std::size_t m = 0; m < messages; ++m) list += (m > 0 ? "," : "") + spaced(message());
    text_ = spaced(object({{"messages", "[" + list + space() + "]"}}));
  }

  const std::string& text() const { return text_; }
  const std::vector<std::string>& messages() const { return messages_; }
  const std::vector<std::string>& parts() const { return parts_; }
  const std::vector<std::string>& urls() const { return urls_; }  // with quotes; empty for a part without one

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  std::string space() { return random_.pick({"", "", "", " ", "  ", "\t", "\r", " \t "}); }
  std::string spaced(const std::string& text) { return space() + text + space(); }
  std::string key(const std::string& plain) {
    if (!random_.one_in(4)) return "\"" + plain + "\"";
    std::string out = "\"";
    constexpr char hex[] = "0123456789abcdef";
    for (const char c : plain)
      out += random_.one_in(3) ? std::string("\\u00") + hex[c >> 4] + hex[c & 15] : std::string(1, c);
    return out + "\"";
  }
  std::string decoy() {
    return random_.pick({R"({"type":"image_url","image_url":{"url":"no"}})", R"([{"role":"user","content":[]}])", "[]",
                         "{}", R"("url")", R"("a\\\"}]{[\\")", "-1.5e3", "true", "null",
                         "\"\xE2\x82\xAC\xF0\x9F\x98\x80\"", R"({"messages":[{"content":[]}]})"});
  }
  std::string object(Fields fields) {
    for (std::size_t i = random_.below(3); i > 0; --i) {
      const auto at = fields.begin() + static_cast<std::ptrdiff_t>(random_.below(fields.size() + 1));
      fields.insert(at, {random_.pick({"x", "urls", "Role", "image_url ", "", "\\u0000", "a\\\"b\\\\"}), decoy()});
    }
    std::string out = "{";
    for (const auto& [name, value] : fields) {
      if (out.size() > 1) out += ",";
      const bool escaped_already = name.find('\\') != std::string::npos;
      out += spaced(escaped_already ? "\"" + name + "\"" : key(name)) + ":" + spaced(value);
    }
    return out + (fields.empty() ? space() : "") + "}";
  }
  std::string message() {
    Fields fields = {{"role", "\"user\""}};
    if (!random_.one_in(4)) {
      std::string list;
      for (std::size_t p = random_.below(4); p > 0; --p) list += (list.empty() ? "" : ",") + spaced(part());
      fields.insert(fields.begin() + (random_.one_in(2) ? 1 : 0), {"content", "[" + list + space() + "]"});
    }
    messages_.push_back(object(fields));
    return messages_.back();
  }
  std::string part() {
    std::string url;
    if (random_.one_in(3)) {
      parts_.push_back(random_.one_in(3) ? decoy_scalar() : object({{"type", "\"text\""}, {"text", decoy()}}));
    } else {
      url = random_.pick({R"("data:image/png;base64,AAAA")", R"("")", R"("a\"b\\")", R"("http:\/\/x")", R"("\u0022")"});
      const std::string value = random_.one_in(2) ? url : object({{"url", url}, {"detail", "\"low\""}});
      parts_.push_back(random_.one_in(2) ? object({{"type", "\"image_url\""}, {"image_url", value}})
                                         : object({{"image_url", value}, {"type", "\"image_url\""}}));
    }
    urls_.push_back(url);
    return parts_.back();
  }
  std::string decoy_scalar() { return random_.pick({"1", "null", R"("part")", "[]", R"([{"type":"image_url"}])"}); }

  test::SeededRandom& random_;
  std::string text_;
  std::vector<std::string> messages_, parts_, urls_;
};

TEST(Parse, FindsMessagesPartsAndUrlsWhereTheyStand) {
  test::SeededRandom random(2);
  LineParser parser;
  ExampleSpans spans;
  std::size_t urls = 0;
  for (int i = 0; i < 20'000; ++i) {
    const BuiltLine line(random);
    ASSERT_EQ(validation(parser, line.text(), spans), "") << line.text();
    ASSERT_EQ(spans.messages.size(), line.messages().size()) << line.text();
    ASSERT_EQ(spans.parts.size(), line.parts().size()) << line.text();
    for (std::size_t m = 0; m < spans.messages.size(); ++m)
      ASSERT_EQ(spans.messages[m].range.of(line.text()), line.messages()[m]) << line.text();
    for (std::size_t p = 0; p < spans.parts.size(); ++p) {
      const Part& part = spans.parts[p];
      ASSERT_EQ(part.range.of(line.text()), line.parts()[p]) << line.text();
      if (line.urls()[p].empty()) continue;
      ++urls;
      ASSERT_EQ(part.type, PartType::image_url);
      ASSERT_EQ(part.url, Shape::string);
      ASSERT_EQ(part.url_range.of(line.text()), line.urls()[p]) << line.text();
      ASSERT_EQ(part.duplicate_at, nowhere);
    }
  }
  EXPECT_GT(urls, 20'000u);
}

TEST(Parse, FindsTheLineInARecordOfRejectedLines) {
  LineParser parser;
  ExampleSpans spans;
  const std::string line =
      R"({"source":{"file":"f","line":3,"byte":7},"reason":"bad_role","pointer":"/x","detail":"d","raw" : "{\"a\":1}" })";
  ASSERT_EQ(validation(parser, line, spans), "");
  EXPECT_TRUE(spans.is_reject_record());
  EXPECT_EQ(spans.raw.of(line), R"("{\"a\":1}")");
  const std::string example = R"({"source":{},"reason":"x","raw":"y","messages":[]})";
  ASSERT_EQ(validation(parser, example, spans), "");
  EXPECT_FALSE(spans.is_reject_record()) << "an example may have keys of these names";
}

TEST(Parse, KeepsNothingOfTheLineBefore) {
  LineParser parser;
  ExampleSpans spans;
  validation(parser, realistic_lines()[0], spans);
  ASSERT_EQ(validation(parser, "{}", spans), "");
  EXPECT_EQ(spans.messages.size() + spans.parts.size(), 0u);
  EXPECT_EQ(spans.messages_shape, Shape::missing);
}

}  // namespace
}  // namespace visionshard::example
