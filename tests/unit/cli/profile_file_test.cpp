#include "cli/arguments/profile_file.h"

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"

namespace visionshard::cli {
namespace {

class ProfileFileTest : public testing::Test {
 protected:
  /// What is wrong with a file "mine.toml" of this text, without the path in front.
  std::string read(std::string_view text) {
    profile = {};
    const std::string path = directory.write("mine.toml", text);
    const std::string error = read_profile_file(path, profile);
    return error.starts_with(path) ? error.substr(path.size()) : error;
  }

  test::TemporaryDirectory directory;
  ChosenProfile profile;
};

TEST_F(ProfileFileTest, StartsFromItsBase) {
  EXPECT_EQ(read("base = \"azure\"\nmax_image_bytes = \"5MB\"\nmin_examples = 3\nmax_shard_bytes = \"none\"\n"), "");
  EXPECT_EQ(profile.name, "mine");
  EXPECT_EQ(profile.limits.max_images_per_example, 64u);
  EXPECT_EQ(profile.limits.max_image_bytes, 5'000'000u);
  EXPECT_EQ(profile.limits.min_examples, 3u);
  EXPECT_EQ(profile.limits.max_shard_bytes, no_limit);
}

TEST_F(ProfileFileTest, TheOldNameOfAKeyIsAnsweredWithTheNewOne) {
  const std::string error = read("# mine\nfewest_examples = 5\n");
  EXPECT_EQ(error.substr(0, 4), ":2: ");
  EXPECT_NE(error.find("min_examples"), std::string::npos) << error;
}

TEST_F(ProfileFileTest, FaultsNameTheLine) {
  EXPECT_EQ(read("webp = true\n\nurls = 1\n"), ":3: 'urls' must be true or false");
  EXPECT_EQ(read("base = \"nobody\"\n").substr(0, 4), ":1: ");
  EXPECT_EQ(read("\nmax_images = 3\n").substr(0, 4), ":2: ");
  EXPECT_EQ(read("max_shard_bytes = 0\n"), ":1: 'max_shard_bytes' must be at least 1");
}

}  // namespace
}  // namespace visionshard::cli
