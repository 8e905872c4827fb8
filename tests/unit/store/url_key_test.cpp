#include "store/url_key.h"

#include <gtest/gtest.h>

namespace visionshard::store {
namespace {

// printf %s https://a.test/b | sha256sum
TEST(UrlKey, IsTheSha256OfTheUrlWithoutItsFragment) {
  const std::string digest = "91a7fa219b552ae2e2c5a540bf126f5e72e148c77331924fecb4a7db45cb658f";
  EXPECT_EQ(hexadecimal(url_key("https://a.test/b")), digest);
  EXPECT_EQ(hexadecimal(url_key("https://a.test/b#c")), digest);
  EXPECT_EQ(hexadecimal(url_key("https://a.test/b#")), digest);
  EXPECT_NE(hexadecimal(url_key("https://A.test/b")), digest);
  EXPECT_NE(hexadecimal(url_key("https://a.test/%62")), digest);
}

}  // namespace
}  // namespace visionshard::store
