#include "base/printable_url.h"

#include <gtest/gtest.h>

namespace visionshard {
namespace {

TEST(PrintableUrl, HidesUserPasswordQueryAndFragment) {
  EXPECT_EQ(printable_url("https://a.test/b.png"), "https://a.test/b.png");
  EXPECT_EQ(printable_url("https://user:secret@a.test/b"), "https://a.test/b");
  EXPECT_EQ(printable_url("https://user:se@cret@a.test:8080/b@c"), "https://a.test:8080/b@c");
  EXPECT_EQ(printable_url("https://a.test/b?token=secret#frag"), "https://a.test/b?...");
  EXPECT_EQ(printable_url("https://a.test?user@secret"), "https://a.test?...");
  EXPECT_EQ(printable_url("https://user:secret@a.test"), "https://a.test");
  EXPECT_EQ(printable_url("https://a.test/b#fr?ag"), "https://a.test/b");
}

TEST(PrintableUrl, IsTheBeginningOfALongOne) {
  const std::string begin = "https://a.test/" + std::string(2000, 'x');
  EXPECT_EQ(printable_url(begin + std::string(100'000, 'y')), begin + std::string(33, 'y') + "...");
  EXPECT_EQ(printable_url(begin + std::string(32, 'y') + "\xC3\xA4"), begin + std::string(32, 'y') + "...");
  EXPECT_EQ(printable_url(begin + "?" + std::string(100'000, 'y')), begin + "?...");
}

TEST(PrintableUrl, HidesThemInWhatWasMeantAsAUrl) {
  EXPECT_EQ(printable_url(" https://user:secret@a.test/b?c"), " https://a.test/b?...");
  EXPECT_EQ(printable_url("http:/user:secret@a.test/b?c"), "http:/a.test/b?...");
  EXPECT_EQ(printable_url("https:///user:secret@a.test/b"), "https:///a.test/b");
  EXPECT_EQ(printable_url("//user@a.test/b"), "//a.test/b");
  EXPECT_EQ(printable_url("user:secret@a.test/b"), "a.test/b");
  EXPECT_EQ(printable_url("www.a.test/b?token"), "www.a.test/b?...");
  EXPECT_EQ(printable_url("folder/logo@2x.png"), "folder/logo@2x.png");
  EXPECT_EQ(printable_url("logo@2x.png"), "logo@2x.png");
  EXPECT_EQ(printable_url("https:"), "https:");
  EXPECT_EQ(printable_url("https://"), "https://");
  EXPECT_EQ(printable_url(""), "");
}

}  // namespace
}  // namespace visionshard
