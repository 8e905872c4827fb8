#include "base/json_writer.h"

#include <gtest/gtest.h>
#include <visionshard/options.h>

#include "../../support/json_oracle.h"

namespace visionshard {
namespace {

TEST(JsonWriter, WritesObjectsAndArraysWithIndents) {
  JsonWriter json;
  json.begin_object();
  json.field("text", "a\"b\n").field("number", std::uint64_t{18446744073709551615u}).field("real", 1.5);
  json.field("yes", true).limit("none", no_limit).limit("some", 7);
  json.begin_array("list").field("", "x").begin_object().field("k", false).end_object().end_array();
  json.end_object();
  EXPECT_EQ(json.take(), R"({
  "text": "a\"b\n",
  "number": 18446744073709551615,
  "real": 1.500,
  "yes": true,
  "none": null,
  "some": 7,
  "list": [
    "x",
    {
      "k": false
    }
  ]
}
)");
}

TEST(JsonWriter, WritesEmptyObjectsAndArraysOnOneLine) {
  JsonWriter json;
  json.begin_object().begin_array("a").end_array().begin_object("o").end_object().end_object();
  EXPECT_EQ(json.take(), "{\n  \"a\": [],\n  \"o\": {}\n}\n");
}

TEST(JsonWriter, WritesOneLineWithoutSpaces) {
  JsonWriter json(JsonLayout::compact);
  json.begin_object().field("a", std::uint64_t{1}).begin_array("b").field("", true).field("", false).end_array();
  EXPECT_EQ(json.end_object().take(), "{\"a\":1,\"b\":[true,false]}\n");
}

TEST(JsonWriter, GivesItsTextInPieces) {
  JsonWriter json(JsonLayout::compact);
  std::string text = json.begin_array().field("", std::uint64_t{1}).take_written();
  EXPECT_EQ(text, "[1");
  text += json.field("", std::uint64_t{2}).take_written();
  EXPECT_EQ(text + json.end_array().take(), "[1,2]\n");
}

TEST(JsonWriter, EscapesKeysAndTexts) {
  JsonWriter json;
  const std::string odd("a\"\\\0\x1f\x7f\xC3\xA9", 8);
  json.begin_object().field(odd, odd).end_object();
  const std::string text = json.take();
  EXPECT_TRUE(test::json_valid(text)) << text;
  EXPECT_NE(text.find("\"a\\\"\\\\\\u0000\\u001f"), std::string::npos) << text;
}

}  // namespace
}  // namespace visionshard
