#include <gtest/gtest.h>
#include <visionshard/line.h>
#include <visionshard/profile.h>

#include <vector>

namespace visionshard {
namespace {

TEST(Profiles, AreFoundByTheirNames) {
  std::vector<std::string_view> names;
  for (const Profile& profile : profiles()) {
    names.push_back(profile.name);
    EXPECT_EQ(find_profile(profile.name), &profile);
  }
  EXPECT_EQ(names, (std::vector<std::string_view>{"openai", "azure", "together", "fireworks", "none"}));
  EXPECT_EQ(find_profile("OpenAI"), nullptr);
}

// Who names no profile gets what the documentation calls the default.
TEST(Profiles, DefaultLimitsAreThoseOfOpenai) { EXPECT_EQ(Limits(), find_profile("openai")->limits); }

TEST(Profiles, OnlyThoseThatDocumentATokenLimitHaveOne) {
  for (const Profile& profile : profiles()) {
    const bool documented = profile.name == "openai" || profile.name == "azure";
    EXPECT_EQ(profile.limits.max_image_tokens, documented ? 65'536 : no_limit) << profile.name;
  }
}

}  // namespace
}  // namespace visionshard
