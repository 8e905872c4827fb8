#include "example/rules.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "example/parse.h"

namespace visionshard::example {
namespace {

struct Judged {
  std::string code;  // empty where the line is acceptable
  std::string pointer;
  std::string detail;
  std::vector<std::string> images;
  std::vector<std::string> dropped;
};

Judged judged(std::string line, const Limits& limits = {}, const LineOptions& options = {}) {
  const std::size_t size = line.size();
  line.append(line_padding, ' ');
  const std::string_view view = std::string_view(line).substr(0, size);
  LineParser parser;
  Outline outline;
  EXPECT_TRUE(parser.parse(view, outline)) << line;
  Verdict verdict;
  judge(view, outline, limits, options, verdict);
  Judged result;
  if (verdict.fault) {
    result.code = name(verdict.fault->code);
    result.pointer = verdict.fault->pointer;
    result.detail = verdict.fault->detail;
  }
  for (const ImageRef ref : verdict.images) result.images.push_back(part_pointer(outline, ref));
  for (const ImageRef ref : verdict.dropped) result.dropped.push_back(part_pointer(outline, ref));
  return result;
}

const std::string assistant = R"({"role":"assistant","content":"yes"})";
const std::string image = R"({"type":"image_url","image_url":{"url":"https://x/y"}})";

std::string line_of(const std::string& messages) { return R"({"messages":[)" + messages + "]}"; }
std::string user_with(const std::string& content) { return line_of(R"({"role":"user","content":)" + content + "}," + assistant); }

struct Case {
  std::string line;
  std::string code;
  std::string pointer;
};

void expect(const std::vector<Case>& cases, const Limits& limits = {}, const LineOptions& options = {}) {
  for (const Case& c : cases) {
    const Judged result = judged(c.line, limits, options);
    EXPECT_EQ(result.code, c.code) << c.line;
    EXPECT_EQ(result.pointer, c.pointer) << c.line;
    EXPECT_EQ(result.detail.empty(), c.code.empty()) << c.line;
  }
}

TEST(Rules, WantMessagesToBeANonEmptyArrayOfObjects) {
  expect({{"{}", "bad_messages", ""},
          {R"({"messages":null})", "bad_messages", "/messages"},
          {R"({"messages":{}})", "bad_messages", "/messages"},
          {R"({"messages":"x"})", "bad_messages", "/messages"},
          {R"({"messages":[]})", "bad_messages", "/messages"},
          {line_of("1"), "bad_messages", "/messages/0"},
          {line_of(assistant + ",[]"), "bad_messages", "/messages/1"},
          {line_of(assistant), "", ""}});
}

TEST(Rules, KnowTheSixRoles) {
  for (const char* const role : {"system", "developer", "user", "assistant", "tool", "function", "\\u0075ser"})
    expect({{line_of(std::string(R"({"role":")") + role + R"(","content":"x"},)" + assistant), "", ""}});
  for (const char* const role : {R"("User")", R"("")", R"("bot")", "1", "null", R"(["user"])"})
    expect({{line_of(std::string(R"({"role":)") + role + R"(,"content":"x"},)" + assistant), "bad_role", "/messages/0/role"}});
  expect({{line_of(R"({"content":"x"},)" + assistant), "bad_role", "/messages/0"}});
}

TEST(Rules, WantAnAssistantMessage) {
  expect({{line_of(R"({"role":"user","content":"x"})"), "no_assistant", "/messages"}});
}

TEST(Rules, WantContentToBeAStringOrANonEmptyArray) {
  expect({{user_with("\"\""), "", ""},
          {user_with("[]"), "bad_content", "/messages/0/content"},
          {user_with("{}"), "bad_content", "/messages/0/content"},
          {user_with("1"), "bad_content", "/messages/0/content"},
          {user_with("true"), "bad_content", "/messages/0/content"},
          {user_with("null"), "bad_content", "/messages/0/content"},
          {line_of(R"({"role":"user"},)" + assistant), "bad_content", "/messages/0"}});
}

TEST(Rules, LetAnAssistantMessageWithCallsDoWithoutContent) {
  const auto message = [](const char* role, const char* rest) {
    return line_of(std::string(R"({"role":")") + role + "\"" + rest + "}," + assistant);
  };
  expect({{message("assistant", R"(,"tool_calls":[{}])"), "", ""},
          {message("assistant", R"(,"content":null,"tool_calls":[{}])"), "", ""},
          {message("assistant", R"(,"content":null,"function_call":{})"), "", ""},
          {message("assistant", R"(,"content":null,"tool_calls":null)"), "bad_content", "/messages/0/content"},
          {message("assistant", ""), "bad_content", "/messages/0"},
          {message("user", R"(,"content":null,"tool_calls":[{}])"), "bad_content", "/messages/0/content"}});
}

TEST(Rules, KnowTheTypesOfParts) {
  expect({{user_with(R"([{"type":"text","text":"x"}])"), "", ""},
          {user_with(R"([{"type":"input_audio","input_audio":{}}])"), "", ""},
          {user_with(R"([{"type":"file","file":{}}])"), "", ""},
          {user_with("[" + image + "]"), "", ""},
          {user_with("[1]"), "bad_part", "/messages/0/content/0"},
          {user_with("[{}]"), "bad_part", "/messages/0/content/0"},
          {user_with(R"([{"type":"text","text":"x"},{"type":"video"}])"), "bad_part", "/messages/0/content/1/type"},
          {user_with(R"([{"type":"Text","text":"x"}])"), "bad_part", "/messages/0/content/0/type"},
          {user_with(R"([{"type":"text"}])"), "bad_part", "/messages/0/content/0"},
          {user_with(R"([{"type":"text","text":1}])"), "bad_part", "/messages/0/content/0"},
          {user_with(R"([{"type":"refusal","refusal":"no"}])"), "bad_part", "/messages/0/content/0/type"},
          {line_of(R"({"role":"assistant","content":[{"type":"refusal","refusal":"no"}]})"), "", ""},
          {line_of(R"({"role":"assistant","content":[{"type":"refusal"}]})"), "bad_part", "/messages/0/content/0"}});
}

TEST(Rules, WantAnImageToHaveAUrlOfOneOfTheTwoShapes) {
  expect({{user_with(R"([{"type":"image_url","image_url":"https://x/y"}])"), "", ""},
          {user_with(R"([{"type":"image_url"}])"), "bad_part", "/messages/0/content/0"},
          {user_with(R"([{"type":"image_url","image_url":{}}])"), "bad_part", "/messages/0/content/0"},
          {user_with(R"([{"type":"image_url","image_url":{"url":1}}])"), "bad_part", "/messages/0/content/0"},
          {user_with(R"([{"type":"image_url","image_url":null}])"), "bad_part", "/messages/0/content/0"},
          {user_with(R"([{"type":"image_url","image_url":["x"]}])"), "bad_part", "/messages/0/content/0"}});
}

TEST(Rules, KnowTheDetailsOfAnImage) {
  const auto with_detail = [](const char* detail) {
    return user_with(std::string(R"([{"type":"image_url","image_url":{"url":"https://x/y","detail":)") + detail + "}}]");
  };
  for (const char* const detail : {R"("low")", R"("high")", R"("auto")", R"("\u0061uto")"}) expect({{with_detail(detail), "", ""}});
  for (const char* const detail : {R"("Low")", R"("")", "null", "1"})
    expect({{with_detail(detail), "bad_part", "/messages/0/content/0/image_url/detail"}});
}

TEST(Rules, WantWeightToBeZeroOrOneOnAssistantMessages) {
  const auto weighted = [](const char* role, const char* weight) {
    return line_of(std::string(R"({"role":")") + role + R"(","content":"x","weight":)" + weight + "}," + assistant);
  };
  for (const char* const weight : {"0", "1", "-0", "1.0", "0.0", "10e-1"}) expect({{weighted("assistant", weight), "", ""}});
  for (const char* const weight : {"2", "-1", "0.5", "true", "null", R"("1")", "[1]"})
    expect({{weighted("assistant", weight), "bad_weight", "/messages/0/weight"}});
  expect({{weighted("user", "1"), "bad_weight", "/messages/0/weight"}, {weighted("system", "0"), "bad_weight", "/messages/0/weight"}});
}

TEST(Rules, RefuseADuplicateKeyOnThePathToAnImage) {
  expect({{user_with(R"([{"type":"image_url","type":"image_url","image_url":{"url":"https://x/y"}}])"), "duplicate_key",
           "/messages/0/content/0/type"},
          {user_with(R"([{"type":"image_url","image_url":{"url":"https://x/y"},"image\u005furl":{"url":"https://x/z"}}])"),
           "duplicate_key", "/messages/0/content/0/image_url"},
          {user_with(R"([{"type":"image_url","image_url":{"url":"https://x/y","url":"https://x/z"}}])"), "duplicate_key",
           "/messages/0/content/0/image_url/url"},
          {line_of(R"({"role":"user","content":"x","content":[)" + image + "]}," + assistant), "duplicate_key",
           "/messages/0/content"},
          {R"({"messages":[)" + assistant + R"(],"messages":[{"role":"user","content":[)" + image + "]}," + assistant + "]}",
           "duplicate_key", "/messages"},
          {user_with(R"([{"type":"image_url","type":"text","text":"x","image_url":{"url":"https://x/y"}}])"),
           "duplicate_key", "/messages/0/content/0/type"}});
}

TEST(Rules, TakeADuplicateKeyElsewhere) {
  expect({{user_with(R"([{"type":"image_url","x":1,"x":2,"image_url":{"url":"https://x/y","detail":"low","detail":"low"}}])"), "", ""},
          {R"({"a":1,"a":2,"messages":[)" + assistant + "]}", "", ""},
          {line_of(R"({"role":"user","name":"a","name":"b","content":[)" + image + "]}," + assistant), "", ""}});
}

TEST(Rules, RefuseAnImageInAnAssistantMessageOrDropIt) {
  const std::string line = line_of(R"({"role":"user","content":[)" + image + R"(]},{"role":"assistant","content":[{"type":"text","text":"x"},)" + image + "]}");
  expect({{line, "assistant_image", "/messages/1/content/1"}});
  LineOptions drop;
  drop.on_assistant_image = OnBad::drop;
  const Judged result = judged(line, {}, drop);
  EXPECT_EQ(result.code, "");
  EXPECT_EQ(result.images, std::vector<std::string>{"/messages/0/content/0"});
  EXPECT_EQ(result.dropped, std::vector<std::string>{"/messages/1/content/1"});
}

TEST(Rules, RefuseImagesOutsideUserMessagesWhereTheProviderDoes) {
  Limits user_only;
  user_only.images_user_only = true;
  const std::string line = line_of(R"({"role":"system","content":[)" + image + "]}," + assistant);
  expect({{line, "", ""}});
  expect({{line, "image_role", "/messages/0/content/0"}, {user_with("[" + image + "]"), "", ""}}, user_only);
}

TEST(Rules, CountTheImagesOfAnExample) {
  Limits two;
  two.max_images_per_example = 2;
  const std::string text = R"({"type":"text","text":"x"})";
  const auto with_images = [&](std::size_t n) {
    std::string parts = text;
    for (std::size_t i = 0; i < n; ++i) parts += "," + image;
    return user_with("[" + parts + "]");
  };
  expect({{with_images(2), "", ""}, {with_images(3), "too_many_images", "/messages/0/content/3"},
          {with_images(9), "too_many_images", "/messages/0/content/3"}}, two);
  EXPECT_EQ(judged(with_images(2), two).images, (std::vector<std::string>{"/messages/0/content/1", "/messages/0/content/2"}));
}

TEST(Rules, LookForImagesOnlyInContent) {
  const std::string line = R"({"messages":[{"role":"user","content":"x","image_url":{"url":"https://x/y"},"extra":[)" + image + "]}," + assistant + R"(],"content":[)" + image + "]}";
  EXPECT_TRUE(judged(line).images.empty());
}

TEST(Rules, NameTheFirstFindingInTheOrderOfTheLine) {
  expect({{line_of(R"({"role":"bot","content":[]},)" + assistant), "bad_role", "/messages/0/role"},
          {line_of(R"({"content":[],"role":"bot"},)" + assistant), "bad_content", "/messages/0/content"},
          {line_of(R"({"role":"user","content":[{"type":"text"},1]},1)"), "bad_part", "/messages/0/content/0"},
          {line_of(R"({"role":"user","content":"x","weight":1},{"role":"bot","content":"x"})"), "bad_weight", "/messages/0/weight"},
          {line_of(R"({"role":"user","content":"x"},1)"), "bad_messages", "/messages/1"}});
}

TEST(Rules, AreOnlyThoseOfImagesInAProfileWithoutRules) {
  Limits none;
  none.example_rules = false;
  none.max_images_per_example = no_limit;
  expect({{"{}", "", ""},
          {R"({"messages":7})", "", ""},
          {line_of(R"({"role":"bot","content":[)" + image + "]}"), "", ""},
          {line_of(R"({"content":[{"type":"image_url","image_url":{"url":"a","url":"b"}}]})"), "duplicate_key", "/messages/0/content/0/image_url/url"}}, none);
}

}  // namespace
}  // namespace visionshard::example
