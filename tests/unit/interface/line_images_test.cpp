#include <gtest/gtest.h>
#include <visionshard/line_images.h>

#include <string>

namespace visionshard {
namespace {

std::string line_with_parts(const std::string& parts) {
  return R"({"messages":[{"role":"user","content":[)" + parts + R"(]},{"role":"assistant","content":"y"}]})";
}

std::string part(const std::string& url) { return R"({"type":"image_url","image_url":{"url":")" + url + R"("}})"; }

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(LineImages, AreTheBytesOfDataUrlsInDocumentOrder) {
  LineImageReader reader;
  const std::string first = part("data:image/png;base64,Zmlyc3Q=");
  const std::string web = part("https://example.org/a.png");
  // RFC 8259 lets the solidus be escaped.
  const std::string second = part(R"(data:image\/jpeg;base64,\/\/8=)");
  for (int again = 0; again < 2; ++again) {
    const auto images = std::get<0>(reader.read(line_with_parts(first + "," + web + "," + second)));
    ASSERT_EQ(images.size(), 2u);
    EXPECT_EQ(text_of(images[0]), "first");
    EXPECT_EQ(text_of(images[1]), "\xff\xff");
  }
}

TEST(LineImages, AreNoneInALineWithout) {
  LineImageReader reader;
  EXPECT_TRUE(std::get<0>(reader.read("{}")).empty());
  EXPECT_TRUE(
      std::get<0>(reader.read(line_with_parts(R"({"type":"text","text":"data:image/png;base64,AAAA"})"))).empty());
}

TEST(LineImages, SayWhyAndWhereALineCannotBeRead) {
  LineImageReader reader;
  const auto fault = [&](const std::string& line) { return std::get<Fault>(reader.read(line)); };
  EXPECT_EQ(fault("").code, FaultCode::invalid_json);
  EXPECT_EQ(fault("[]").code, FaultCode::not_an_object);
  const Fault base64 =
      fault(line_with_parts(part("data:image/png;base64,AAAA") + "," + part("data:image/png;base64,A!AA")));
  EXPECT_EQ(base64.code, FaultCode::bad_base64);
  EXPECT_EQ(base64.pointer, "/messages/0/content/1");
  EXPECT_EQ(fault(line_with_parts(part("file:///a.png"))).code, FaultCode::url_not_allowed);
}

}  // namespace
}  // namespace visionshard
