#include <gtest/gtest.h>

#include <set>
#include <string>

#include "example/parse.h"
#include "layout/translate.h"

namespace visionshard::layout {
namespace {

TEST(DetectLayout, NoLineHasTheSignsOfTwoLayouts) {
  for (unsigned signs = 0; signs < 1u << example::layout_sign::count; ++signs) {
    std::set<InputLayout> layouts;
    for (const LayoutRow& row : layout_rows())
      if ((signs & row.required) == row.required && (signs & row.forbidden) == 0) layouts.insert(row.layout);
    EXPECT_LE(layouts.size(), 1u) << signs;
    EXPECT_EQ(layout_of(static_cast<std::uint16_t>(signs)), layouts.empty() ? InputLayout::chat : *layouts.begin());
  }
}

TEST(DetectLayout, EveryLayoutCanBeFound) {
  std::set<InputLayout> layouts;
  for (const LayoutRow& row : layout_rows()) layouts.insert(layout_of(row.required));
  EXPECT_EQ(layouts.size(), 6u);
  EXPECT_FALSE(layouts.contains(InputLayout::chat));
}

struct Translated {
  std::string text;
  std::string fault;
  Origins origins;
};

Translated translated(std::string line, InputLayout layout) {
  const std::size_t bytes = line.size();
  line.append(example::line_padding, '\n');
  example::LineParser parser;
  example::ExampleSpans spans;
  const std::string_view text = std::string_view(line).substr(0, bytes);
  if (!parser.parse(text, spans)) return {"", "not JSON", {}};
  auto chat = to_chat(text, parser.tokens(), layout);
  if (!chat) return {"", std::string(name(chat.error().code)), {}};
  // The tokens written with the line are those that a search finds.
  std::string copy = chat->text;
  const auto again = parser.parse(std::string_view(copy).substr(0, chat->bytes), spans);
  EXPECT_TRUE(again) << chat->line();
  const example::Tokens tokens = parser.tokens();
  for (std::size_t i = 0; i + 2 < chat->tokens.size(); ++i)
    EXPECT_EQ(tokens.first[i] - tokens.origin, chat->tokens[i]) << i << " in " << chat->line();
  return {std::string(chat->line()), "", std::move(chat->origins)};
}

TEST(ToChat, KeepsTheOrderAndTheSpellingOfKeysAndValues) {
  EXPECT_EQ(translated(
                R"({ "a" : 1.50, "conversations" : [ { "from" : "human" , "value" : "<image>\u0041" , "x":[ 1 , 2 ] } ],
                           "image":"p","b":{"c" : null}})",
                InputLayout::conversations)
                .text,
            R"({"a":1.50,"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"p"}},)"
            R"({"type":"text","text":"\u0041"}],"x":[ 1 , 2 ]}],"b":{"c" : null}})");
}

TEST(ToChat, PutsAHeaderBeforeBase64) {
  EXPECT_EQ(translated(R"({"messages":[{"role":"user","content":[{"source":{"data":"QQ==","media_type":"image\/png",)"
                       R"("type":"base64"},"type":"image","cache_control":{}}]}],"system":"s"})",
                       InputLayout::blocks)
                .text,
            R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"image_url",)"
            R"("image_url":{"url":"data:image\/png;base64,QQ=="}}]}]})");
}

TEST(ToChat, ValuesOfTheWrongTypeReachTheRules) {
  for (const char* const list :
       {"1", "null", "\"x\"", "{}", "[]", "[1,[],null]", R"([{"parts":{}}])", R"([{"parts":[[],1,{"text":1}]}])"})
    EXPECT_EQ(translated(std::string(R"({"contents":)") + list + "}", InputLayout::contents).fault, "") << list;
}

TEST(ToChat, StopsWritingAtTheMostParts) {
  std::string marks, images;
  for (std::size_t i = 0; i <= example::max_elements; ++i) {
    marks += "<image>";
    images += i == 0 ? "1" : ",1";
  }
  EXPECT_EQ(
      translated(R"({"messages":[{"content":")" + marks + R"("}],"images":[)" + images + "]}", InputLayout::marked)
          .fault,
      "bad_messages");
}

TEST(Origins, PointersLeadToTheOriginalLine) {
  const Origins origins =
      translated(
          R"({"system":"s","conversations":[{"from":"human","value":"a<image>b"},{"from":"gpt","value":"c"}],"image":["p"]})",
          InputLayout::conversations)
          .origins;
  EXPECT_EQ(origins.original_pointer("/messages"), "/conversations");
  EXPECT_EQ(origins.original_pointer("/messages/0"), "/system");
  EXPECT_EQ(origins.original_pointer("/messages/0/content"), "/system");
  EXPECT_EQ(origins.original_pointer("/messages/1/role"), "/conversations/0/from");
  EXPECT_EQ(origins.original_pointer("/messages/1/content/0/text"), "/conversations/0/value");
  EXPECT_EQ(origins.original_pointer("/messages/1/content/1/image_url"), "/image/0");
  EXPECT_EQ(origins.original_pointer("/messages/1/content"), "/conversations/0/value");
  EXPECT_EQ(origins.original_pointer("/messages/2/weight"), "/conversations/1/weight");
  EXPECT_EQ(origins.original_pointer("/messages/9"), "/conversations");
  EXPECT_EQ(origins.original_pointer("/tools"), "/tools");
  EXPECT_EQ(origins.original_pointer(""), "");
}

}  // namespace
}  // namespace visionshard::layout
