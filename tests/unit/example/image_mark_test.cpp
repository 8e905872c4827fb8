#include "example/image_mark.h"

#include <gtest/gtest.h>

#include <string>

namespace visionshard::example {
namespace {

TEST(FindMark, ComparesByValueAndNotWithinEscapes) {
  const auto found = [](std::string_view inside) {
    const auto mark = find_mark({inside, inside.find('\\') != std::string_view::npos}, 0);
    return mark ? std::string(inside.substr(mark->begin, mark->end - mark->begin)) : "";
  };
  EXPECT_EQ(found("a <image> b"), "<image>");
  EXPECT_EQ(found(R"(\u003cimage\u003E)"), R"(\u003cimage\u003E)");
  EXPECT_EQ(found(R"(\n<\u0069mage>)"), R"(<\u0069mage>)");
  EXPECT_EQ(found(R"(\\u003cimage>)"), "");
  EXPECT_EQ(found("<imag"), "");
  EXPECT_EQ(found("<<image>"), "<image>");
  EXPECT_EQ(found(R"(\u003cimag)"), "");
}

}  // namespace
}  // namespace visionshard::example
