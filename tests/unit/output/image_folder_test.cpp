#include "output/image_folder.h"

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"

namespace visionshard::output {
namespace {

// "hello" by RFC 4648; its SHA-256 by sha256sum.
constexpr std::string_view hello = "aGVsbG8=";
constexpr const char* hello_path = "images/2c/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824.png";

TEST(ImageFolder, WritesAgainWhatAPowerLossLeftWithoutItsBytes) {
  const test::TemporaryDirectory directory;
  EXPECT_EQ(image_path(as_bytes(std::string_view("hello")), "image/png"), hello_path);
  ImageFolder folder(directory.path().native(), directory.path().native(), Durability::none);
  for (const char* const left : {"", "hel"}) {
    directory.write(hello_path, left);
    ASSERT_TRUE(folder.add(hello_path, hello));
    EXPECT_EQ(test::text_of(directory.file(hello_path)), "hello");
  }
}

}  // namespace
}  // namespace visionshard::output
