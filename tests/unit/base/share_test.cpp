#include "base/share.h"

#include <gtest/gtest.h>

namespace visionshard {
namespace {

TEST(ShareTest, IsReadAndWrittenWithAsFewDecimalsAsPossible) {
  for (const auto& [text, millionths] :
       {std::pair("0%", 0u), std::pair("1%", 1'000'000u), std::pair("2.5%", 2'500'000u), std::pair("0.000001%", 1u),
        std::pair("100%", 100'000'000u)}) {
    ASSERT_TRUE(parse_share(text)) << text;
    EXPECT_EQ(parse_share(text)->millionths_of_percent, millionths);
    EXPECT_EQ(share_text({millionths}), text);
  }
  EXPECT_EQ(share_text(*parse_share("07.50%")), "7.5%");
  for (const char* const text :
       {"", "%", "5", "-1%", "100.000001%", "1000%", "1.%", ".5%", "1e2%", "0.0000001%", " 1%"})
    EXPECT_FALSE(parse_share(text)) << text;
}

TEST(ShareTest, ValidationIsANumberOrAShareAndNotNothing) {
  EXPECT_EQ(parse_validation("12")->examples, 12u);
  EXPECT_EQ(validation_text(*parse_validation("12.5%")), "12.5%");
  for (const char* const text : {"", "0", "0%", "-1", "1.5", "x", "99999999999999999999"})
    EXPECT_FALSE(parse_validation(text)) << text;
}

TEST(ShareTest, AKeyIsWithinAShareByExactArithmetic) {
  EXPECT_FALSE(is_within(0, {0}));
  EXPECT_TRUE(is_within(UINT64_MAX, {100'000'000}));
  EXPECT_TRUE(is_within((1ull << 63) - 1, {50'000'000}));
  EXPECT_FALSE(is_within(1ull << 63, {50'000'000}));
}

TEST(ShareTest, KeysDifferBySeedAndPurpose) {
  const Xxh128::Digest digest{1, 2, 3};
  EXPECT_NE(seeded_key(digest, 0, KeyPurpose::sample), seeded_key(digest, 1, KeyPurpose::sample));
  EXPECT_NE(seeded_key(digest, 0, KeyPurpose::sample), seeded_key(digest, 0, KeyPurpose::side));
  EXPECT_NE(seeded_key(digest, 0, KeyPurpose::side), seeded_key(digest, 0, KeyPurpose::order));
}

}  // namespace
}  // namespace visionshard
