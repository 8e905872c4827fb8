#include "image/image_url.h"

#include <gtest/gtest.h>

#include <string>

namespace visionshard::image {
namespace {

// "web", "local PATH", "data PAYLOAD", or "bad".
std::string told(const std::string& inside) {
  const auto url = read_image_url(inside);
  if (!url) {
    EXPECT_EQ(url.error().code, FaultCode::bad_url) << inside;
    EXPECT_NE(url.error().detail, "");
    return "bad";
  }
  switch (url->kind) {
    case UrlKind::web: return url->respelled.empty() ? "web" : "web " + url->respelled;
    case UrlKind::local: return "local " + url->path;
    case UrlKind::data: return "data " + inside.substr(url->payload_begin, url->payload_end - url->payload_begin);
  }
  return "";
}

TEST(ImageUrl, TakesDataUrlsAsPeopleWriteThem) {
  for (const char* const header : {"data:image/png;base64,",
                                   "data:image/jpeg;base64,",
                                   "data:image/webp;base64,",
                                   "data:image/jpg;base64,",
                                   "data:;base64,",
                                   "data:image/png;charset=utf-8;base64,",
                                   "DATA:IMAGE/PNG;BASE64,",
                                   "Data:image/PNG;Base64,",
                                   "data:image/png; base64,",
                                   "data:image/png;base64 ,",
                                   "data:text/plain;base64,",
                                   "data:image\\/png;base64,",
                                   "data\\u003aimage/png;base64,",
                                   "\\u0064\\u0061ta:image/png;base64,",
                                   "data:image/png\\u003Bbase64,",
                                   "data:image/png;base64\\u002c",
                                   "data:image/png;base64\\u002C",
                                   "data:base64;base64,",
                                   "data:image/png;base64;x=y,",
                                   "data:image/png;\\tbase64,",
                                   "data:image%2Fpng;base64,",
                                   "image/png;base64,",
                                   "IMAGE/PNG;Base64,",
                                   ";base64,",
                                   "base64,",
                                   "png;base64,",
                                   " data:image/png;base64,",
                                   "\\n\\r\\t data:image/png;base64,",
                                   "\\u0020data:image/png;base64,",
                                   "\xC2\xA0"
                                   "data:image/png;base64,",
                                   "\\ufeffimage/png;base64,"})
    EXPECT_EQ(told(std::string(header) + "AAAA"), "data AAAA") << header;
  EXPECT_EQ(told("data:image/png;base64,"), "data ");
  EXPECT_EQ(told("data:image/png;base64,AAAA \\n\\u00a0"), "data AAAA");
  EXPECT_EQ(told("data:image/png;base64,A,B"), "data A,B");
}

TEST(ImageUrl, RefusesDataUrlsThatAreNotBase64) {
  for (const char* const url : {"data:image/png,AAAA", "data:image/png;base64", "data:", "data:,",
                                "data:image/png;base64x,AAAA", "data:image/png;notbase64,AAAA"})
    EXPECT_EQ(told(url), "bad") << url;
}

TEST(ImageUrl, TakesHttpAndHttpsInAnySpelling) {
  for (const char* const url : {"http://x/y", "https://x/y.png?a=b#c", "HTTPS://X", "https:\\/\\/x\\/y",
                                "\\u0068ttp://x", "https://x/\\ud83d\\ude00"})
    EXPECT_EQ(told(url), "web") << url;
  EXPECT_EQ(told(" https://x/a b\\n"), "web https://x/a b") << "only what is around it";
  EXPECT_EQ(told("\\tHttp:\\/\\/x"), "web Http:\\/\\/x");
  EXPECT_EQ(told("https://x/a\\\\n"), "web") << "a backslash and a letter";
  EXPECT_EQ(told("http:/x/y"), "bad");
  EXPECT_EQ(told("https://"), "bad");
  EXPECT_EQ(told("http://"), "bad");
  for (const char* const no_host : {"https:///a.png", "HTTPS:\\/\\/\\/a.png", "http:\\u002f//a.png", "http://?a",
                                    "http://#a", "http://:80/a.png", " http:///a"})
    EXPECT_EQ(told(no_host), "bad") << no_host;
}

TEST(ImageUrl, RefusesWebUrlsWithControlCharacters) {
  for (const char* const url : {"http://x/a\\u0000.png", "http://x/a\\u0000", "https://x/\\u001f", "Http://x/a\\nb",
                                "http://x/a\\tb", " http://x/\\u0007", "http://x/\x7f", "http://x/\\u007F"})
    EXPECT_EQ(told(url), "bad") << url;
  EXPECT_EQ(told("http://x/a\\\\u0000"), "web") << "a backslash and u0000";
  EXPECT_EQ(told("http://x/\\u0085%00"), "web");
}

TEST(ImageUrl, TakesAnythingWithoutASchemeAsALocalPath) {
  EXPECT_EQ(told("a/b.png"), "local a/b.png");
  EXPECT_EQ(told("/abs/b.png"), "local /abs/b.png");
  EXPECT_EQ(told("a\\/b \\u00e9.png"), "local a/b \xC3\xA9.png");
  EXPECT_EQ(told(" a/b.png\\n"), "local a/b.png");
  EXPECT_EQ(told("100%25.png"), "local 100%25.png") << "only URLs are percent-decoded";
  EXPECT_EQ(told("dir:x/y z:w.png"), "bad") << "this reads as a scheme";
  EXPECT_EQ(told("./dir:x.png"), "local ./dir:x.png");
}

TEST(ImageUrl, DecodesFileUrls) {
  EXPECT_EQ(told("file:///a/b.png"), "local /a/b.png");
  EXPECT_EQ(told("FILE:///a/b.png"), "local /a/b.png");
  EXPECT_EQ(told("file://localhost/a.png"), "local /a.png");
  EXPECT_EQ(told("file:///a%20b%2Fc%C3%A9.png"), "local /a b/c\xC3\xA9.png");
  EXPECT_EQ(told("file:/a.png"), "bad");
  EXPECT_EQ(told("file:a.png"), "bad");
  EXPECT_EQ(told("file://host/a.png"), "bad");
  EXPECT_EQ(told("file:///C:/a.png"), "bad");
  EXPECT_EQ(told("file:///a%2"), "local /a%2");
  EXPECT_EQ(told("file:///a%zz%"), "local /a%zz%");
}

TEST(ImageUrl, RefusesWindowsPathsAndBytesShownAsText) {
  for (const char* const url : {"C:\\\\x\\\\a.png", "c:/x/a.png", "\\\\\\\\server\\\\share\\\\a.png", "b'iVBORw0KGgo='",
                                "b\\\"iVBORw0KGgo=\\\"", "data%3Aimage%2Fpng%3Bbase64%2CiVBORw0KGgo%3D"})
    EXPECT_EQ(told(url), "bad") << url;
}

// The beginnings of a PNG, a JPEG and a GIF; a path may look like base64, but not begin as an image does.
TEST(ImageUrl, TakesBase64OfAnImageWithoutAHeader) {
  for (const char* const begin :
       {"iVBORw0KGgoAAAANSUhEUgAA", "\\/9j\\/4AAQSkZJRgABAQAAAQ", "/9j/4AAQSkZJRgABAQAAAQAB",
        "R0lGODlhAQABAIAAAAAAAP//", "iVBORw0K\\nGgoAAAANSUhEUgAA", "iVBORw0KGgo%41AAAANSUhEUg"}) {
    const std::string text = std::string(begin) + "AAAAAAAAAAAAAAAAAAAA";
    EXPECT_EQ(told(text), "data " + text);
  }
  EXPECT_EQ(told("/9j/pictures/of/last/summer/a.png"), "local /9j/pictures/of/last/summer/a.png");
  EXPECT_EQ(told("images/of/last/summer/and/winter/and/spring"), "local images/of/last/summer/and/winter/and/spring");
}

TEST(ImageUrl, RefusesOtherSchemesAndNothing) {
  for (const char* const url :
       {"", " ", "\\n", "ftp://x/y", "s3://bucket/key", "blob:abc", "javascript:alert(1)", "gs:x"})
    EXPECT_EQ(told(url), "bad") << url;
}

// However a text of escapes is cut while it is looked at, it must not end inside one.
TEST(ImageUrl, TakesLongTextsOfEscapes) {
  for (std::size_t plain = 0; plain < 13; ++plain)
    for (const char* const escape : {"\\u0061", "\\\\", "\\u005c", "\\ud83d\\ude00"}) {
      std::string text(plain, 'b');
      while (text.size() < 60'000) text += escape;
      const auto url = read_image_url(text);
      ASSERT_TRUE(url || url.error().code == FaultCode::bad_url) << plain << escape;
      if (url) {
        EXPECT_TRUE(url->path.starts_with(std::string(plain, 'b'))) << plain << escape;
      }
    }
}

}  // namespace
}  // namespace visionshard::image
