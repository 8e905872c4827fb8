#include "example/rules.h"

#include <gtest/gtest.h>
#include <visionshard/profile.h>

#include <string>
#include <vector>

#include "example/parse.h"
#include "example/places.h"

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
  ExampleSpans spans;
  EXPECT_TRUE(parser.parse(view, spans)) << line;
  ValidationResult validation;
  validate(view, spans, limits, options, validation);
  Judged result;
  if (validation.fault) {
    result.code = name(validation.fault->code);
    result.pointer = validation.fault->pointer;
    result.detail = validation.fault->detail;
  }
  for (const ImageRef ref : validation.images) result.images.push_back(part_pointer(spans, ref));
  for (const ImageRef ref : validation.dropped) result.dropped.push_back(part_pointer(spans, ref));
  return result;
}

const std::string assistant = R"({"role":"assistant","content":"yes"})";
const std::string image = R"({"type":"image_url","image_url":{"url":"https://x/y"}})";

std::string line_of(const std::string& messages) { return R"({"messages":[)" + messages + "]}"; }
std::string user_with(const std::string& content) {
  return line_of(R"({"role":"user","content":)" + content + "}," + assistant);
}

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

TEST(Rules, KnowTheRoles) {
  for (const char* const role : {"system", "developer", "user", "assistant", "function", "\\u0075ser"})
    expect({{line_of(std::string(R"({"role":")") + role + R"(","content":"x"},)" + assistant), "", ""}});
  for (const char* const role : {R"("User")", R"("")", R"("bot")", "1", "null", R"(["user"])"})
    expect({{line_of(std::string(R"({"role":)") + role + R"(,"content":"x"},)" + assistant), "bad_role",
             "/messages/0/role"}});
  expect({{line_of(R"({"content":"x"},)" + assistant), "bad_role", "/messages/0"}});
}

TEST(Rules, RefuseRolesThatTheProviderDoesNotTake) {
  const std::string user = R"({"role":"user","content":"x"},)";
  const std::string function = line_of(user + R"({"role":"function","content":"x"},)" + assistant);
  const std::string system = line_of(user + R"({"role":"system","content":"x"},)" + assistant);
  const std::string developer = line_of(user + R"({"role":"developer","content":"x"},)" + assistant);
  for (const char* const profile : {"azure", "together", "fireworks"})
    expect({{function, "bad_role", "/messages/1/role"}}, find_profile(profile)->limits);
  expect({{function, "", ""}, {system, "", ""}, {developer, "", ""}}, find_profile("openai")->limits);
  expect({{system, "bad_role", "/messages/1/role"}, {developer, "bad_role", "/messages/1/role"}},
         find_profile("fireworks")->limits);
}

TEST(Rules, WantAUserMessageWhereTheProviderDoes) {
  const std::string line = line_of(R"({"role":"system","content":"x"},)" + assistant);
  expect({{line, "", ""}});
  expect({{line, "no_user", "/messages"}, {user_with("\"x\""), "", ""}}, find_profile("azure")->limits);
}

TEST(Rules, WantToolCallsToHaveTheTypesThatAreDocumented) {
  const auto with = [](const std::string& keys) {
    return line_of(R"({"role":"assistant","content":"x",)" + keys + "}");
  };
  const auto called = [&](const std::string& arguments) {
    return with(R"("tool_calls":[{"function":{"name":"f","arguments":"{}"}},{"function":{"arguments":)" + arguments +
                "}}]");
  };
  expect({{called("\"\""), "", ""},
          {called("{}"), "bad_tool_call", "/messages/0/tool_calls/1/function/arguments"},
          {called("null"), "bad_tool_call", "/messages/0/tool_calls/1/function/arguments"},
          {with(R"("tool_calls":null,"function_call":null)"), "", ""},
          {with(R"("tool_calls":[])"), "", ""},
          {with(R"("tool_calls":{})"), "bad_tool_call", "/messages/0/tool_calls"},
          {with(R"("tool_calls":"x")"), "bad_tool_call", "/messages/0/tool_calls"},
          {with(R"("tool_calls":[{},7])"), "bad_tool_call", "/messages/0/tool_calls/1"},
          {with(R"("tool_calls":[{"function":"f"}])"), "bad_tool_call", "/messages/0/tool_calls/0/function"},
          {with(R"("function_call":{"name":"f","\u0061rguments":[]})"), "bad_tool_call",
           "/messages/0/function_call/arguments"},
          {with(R"("function_call":"f")"), "bad_tool_call", "/messages/0/function_call"}});
  expect({{R"({"tools":{},"messages":[)" + assistant + "]}", "bad_tool_call", "/tools"},
          {R"({"tools":null,"messages":[)" + assistant + "]}", "", ""},
          {R"({"tools":[1],"messages":[)" + assistant + "]}", "", ""}});
  const auto answer = [](const char* keys) {
    return line_of(std::string(R"({"role":"tool","content":"x")") + keys + "}," + assistant);
  };
  expect({{answer(R"(,"tool_call_id":"")"), "", ""},
          {answer(""), "bad_tool_call", "/messages/0"},
          {answer(R"(,"tool_call_id":null)"), "bad_tool_call", "/messages/0/tool_call_id"},
          {answer(R"(,"tool_call_id":1)"), "bad_tool_call", "/messages/0/tool_call_id"}});
  expect({{called("{}"), "", ""}, {answer(""), "", ""}}, find_profile("none")->limits);
}

TEST(Rules, ListSoManyFaultsOfToolCallsAndNoMore) {
  std::string calls = "7";
  for (std::size_t i = 0; i < 2 * max_tool_faults; ++i) calls += ",7";
  std::string line = line_of(R"({"role":"assistant","content":"x","tool_calls":[)" + calls + "]}");
  const std::size_t size = line.size();
  line.append(line_padding, ' ');
  LineParser parser;
  ExampleSpans spans;
  ASSERT_TRUE(parser.parse(std::string_view(line).substr(0, size), spans));
  EXPECT_EQ(spans.tool_faults.size(), max_tool_faults);
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
          {user_with(R"([{"type":"input_audio","input_audio":{}}])"), "bad_part", "/messages/0/content/0/type"},
          {user_with(R"([{"type":"file","file":{}}])"), "bad_part", "/messages/0/content/0/type"},
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
  for (const char* const profile : {"together", "fireworks"})
    expect({{line_of(R"({"role":"assistant","content":[{"type":"refusal","refusal":"no"}]})"), "bad_part",
             "/messages/0/content/0/type"}},
           find_profile(profile)->limits);
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
    return user_with(std::string(R"([{"type":"image_url","image_url":{"url":"https://x/y","detail":)") + detail +
                     "}}]");
  };
  for (const char* const detail : {R"("low")", R"("high")", R"("auto")", R"("\u0061uto")"})
    expect({{with_detail(detail), "", ""}});
  for (const char* const detail : {R"("Low")", R"("")", "null", "1"})
    expect({{with_detail(detail), "bad_part", "/messages/0/content/0/image_url/detail"}});
}

TEST(Rules, WantWeightToBeZeroOrOneOnAssistantMessages) {
  const auto weighted = [](const char* role, const char* weight) {
    return line_of(std::string(R"({"role":")") + role + R"(","content":"x","weight":)" + weight + "}," + assistant);
  };
  for (const char* const weight : {"0", "1", "-0"}) expect({{weighted("assistant", weight), "", ""}});
  for (const char* const weight : {"2", "-1", "0.5", "true", "null", R"("1")", "[1]", "1.0", "0.0", "10e-1", "1e0"})
    expect({{weighted("assistant", weight), "bad_weight", "/messages/0/weight"}});
  for (const char* const weight : {"0", "1", "1.0", "0.0", "10e-1"})
    expect({{weighted("user", weight), "", ""}}, find_profile("fireworks")->limits);
  expect({{weighted("user", "0"), "", ""},
          {weighted("system", "1"), "", ""},
          {weighted("user", "1.0"), "bad_weight", "/messages/0/weight"}},
         find_profile("together")->limits);
  expect({{weighted("user", "1"), "bad_weight", "/messages/0/weight"},
          {weighted("system", "0"), "bad_weight", "/messages/0/weight"}});
}

TEST(Rules, WantWeightToBeZeroBesideAnImageWhereTheProviderDoes) {
  const auto beside = [](const char* weight) {
    return line_of(std::string(R"({"role":"user","weight":)") + weight + R"(,"content":[)" + image + "]}," + assistant);
  };
  Limits together = find_profile("together")->limits;
  expect({{beside("0"), "", ""}, {beside("1"), "bad_weight", "/messages/0/weight"}}, together);
  expect({{beside("1"), "", ""}}, find_profile("fireworks")->limits);
}

TEST(Rules, WantTheWeightOfAnExampleToBeANumberWhereItIsKept) {
  const auto weighted = [](const char* weight) {
    return R"({"messages":[)" + assistant + R"(],"weight":)" + weight + "}";
  };
  for (const char* const weight : {"0.5", "3", "-1e2"})
    expect({{weighted(weight), "", ""}}, find_profile("together")->limits);
  for (const char* const weight : {R"("1")", "null", "true", "[]"}) {
    expect({{weighted(weight), "bad_weight", "/weight"}}, find_profile("together")->limits);
    expect({{weighted(weight), "", ""}});
  }
}

TEST(Rules, RefuseADuplicateKeyOnThePathToAnImage) {
  expect(
      {{user_with(R"([{"type":"image_url","type":"image_url","image_url":{"url":"https://x/y"}}])"), "duplicate_key",
        "/messages/0/content/0/type"},
       {user_with(R"([{"type":"image_url","image_url":{"url":"https://x/y"},"image\u005furl":{"url":"https://x/z"}}])"),
        "duplicate_key", "/messages/0/content/0/image_url"},
       {user_with(R"([{"type":"image_url","image_url":{"url":"https://x/y","url":"https://x/z"}}])"), "duplicate_key",
        "/messages/0/content/0/image_url/url"},
       {line_of(R"({"role":"user","content":"x","content":[)" + image + "]}," + assistant), "duplicate_key",
        "/messages/0/content"},
       {R"({"messages":[)" + assistant + R"(],"messages":[{"role":"user","content":[)" + image + "]}," + assistant +
            "]}",
        "duplicate_key", "/messages"},
       {user_with(R"([{"type":"image_url","type":"text","text":"x","image_url":{"url":"https://x/y"}}])"),
        "duplicate_key", "/messages/0/content/0/type"}});
}

TEST(Rules, TakeADuplicateKeyElsewhere) {
  expect({{user_with(
               R"([{"type":"image_url","x":1,"x":2,"image_url":{"url":"https://x/y","detail":"low","detail":"low"}}])"),
           "", ""},
          {R"({"a":1,"a":2,"messages":[)" + assistant + "]}", "", ""},
          {line_of(R"({"role":"user","name":"a","name":"b","content":[)" + image + "]}," + assistant), "", ""}});
}

TEST(Rules, RefuseAnImageInAnAssistantMessageOrDropIt) {
  const std::string line = line_of(R"({"role":"user","content":[)" + image +
                                   R"(]},{"role":"assistant","content":[{"type":"text","text":"x"},)" + image + "]}");
  expect({{line, "assistant_image", "/messages/1/content/1"}});
  LineOptions drop;
  drop.on_assistant_image = OnBad::drop;
  const Judged result = judged(line, {}, drop);
  EXPECT_EQ(result.code, "");
  EXPECT_EQ(result.images, std::vector<std::string>{"/messages/0/content/0"});
  EXPECT_EQ(result.dropped, std::vector<std::string>{"/messages/1/content/1"});
}

TEST(Rules, RefuseImagesOutsideUserMessagesWhereTheProviderDoes) {
  const std::string line = line_of(R"({"role":"system","content":[)" + image + "]}," + assistant);
  expect({{line, "", ""}}, find_profile("none")->limits);
  expect({{line, "image_role", "/messages/0/content/0"}, {user_with("[" + image + "]"), "", ""}});
  LineOptions drop;
  drop.on_bad_image = OnBad::drop;
  const Judged result = judged(line, {}, drop);
  EXPECT_EQ(result.code, "");
  EXPECT_TRUE(result.images.empty());
  EXPECT_EQ(result.dropped, std::vector<std::string>{"/messages/0/content/0"});
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
  expect({{with_images(2), "", ""},
          {with_images(3), "too_many_images", "/messages/0/content/3"},
          {with_images(9), "too_many_images", "/messages/0/content/3"}},
         two);
  EXPECT_EQ(judged(with_images(2), two).images,
            (std::vector<std::string>{"/messages/0/content/1", "/messages/0/content/2"}));
}

TEST(Rules, LookForImagesOnlyInContent) {
  const std::string line = R"({"messages":[{"role":"user","content":"x","image_url":{"url":"https://x/y"},"extra":[)" +
                           image + "]}," + assistant + R"(],"content":[)" + image + "]}";
  EXPECT_TRUE(judged(line).images.empty());
}

TEST(Rules, NameTheFirstFindingInTheOrderOfTheLine) {
  expect({{line_of(R"({"role":"bot","content":[]},)" + assistant), "bad_role", "/messages/0/role"},
          {line_of(R"({"content":[],"role":"bot"},)" + assistant), "bad_content", "/messages/0/content"},
          {line_of(R"({"role":"user","content":[{"type":"text"},1]},1)"), "bad_part", "/messages/0/content/0"},
          {line_of(R"({"role":"user","content":"x","weight":1},{"role":"bot","content":"x"})"), "bad_weight",
           "/messages/0/weight"},
          {line_of(R"({"role":"user","content":"x"},1)"), "bad_messages", "/messages/1"}});
}

TEST(Rules, AreOnlyThoseOfImagesInAProfileWithoutRules) {
  const Limits none = find_profile("none")->limits;
  expect({{"{}", "", ""},
          {R"({"messages":7})", "", ""},
          {line_of(R"({"role":"bot","content":[)" + image + "]}"), "", ""},
          {line_of(R"({"content":[{"type":"image_url","image_url":{"url":"a","url":"b"}}]})"), "duplicate_key",
           "/messages/0/content/0/image_url/url"}},
         none);
}

}  // namespace
}  // namespace visionshard::example
