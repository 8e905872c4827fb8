#include "near_duplicates/pdq_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace visionshard::near_duplicates {
namespace {

TEST(PdqHash, IsReadAndWrittenHighestBitFirst) {
  const std::string text = "8000000000000000000000000000000000000000000000000000000000000001";
  const auto hash = parse_pdq_hash(text);
  ASSERT_TRUE(hash);
  EXPECT_EQ(hash->words, (std::array<std::uint64_t, 4>{1, 0, 0, 1ULL << 63}));
  EXPECT_EQ(to_text(*hash), text);
}

TEST(PdqHash, IsNothingButSixtyFourDigits) {
  const std::string digits(64, 'a');
  EXPECT_TRUE(parse_pdq_hash(digits));
  EXPECT_FALSE(parse_pdq_hash(digits.substr(1)));
  EXPECT_FALSE(parse_pdq_hash(digits + "a"));
  for (const char wrong : {'g', ' ', '-', '+'}) {
    for (const std::size_t at : {0U, 15U, 16U, 63U}) {
      std::string text = digits;
      text[at] = wrong;
      EXPECT_FALSE(parse_pdq_hash(text)) << text;
    }
  }
}

TEST(PdqHash, IsOrderedAsItsText) {
  const PdqHash low{{~0ULL, ~0ULL, ~0ULL, 0}}, high{{0, 0, 0, 1}};
  EXPECT_LT(low, high);
  EXPECT_LT(to_text(low), to_text(high));
}

TEST(PdqHash, DistanceCountsBitsThatDiffer) {
  const PdqHash none, all{{~0ULL, ~0ULL, ~0ULL, ~0ULL}}, some{{1, 1ULL << 63, 3, 7}};
  EXPECT_EQ(distance(none, none), 0);
  EXPECT_EQ(distance(none, all), 256);
  EXPECT_EQ(distance(none, some), 7);
  EXPECT_EQ(distance(all, some), 249);
}

}  // namespace
}  // namespace visionshard::near_duplicates
