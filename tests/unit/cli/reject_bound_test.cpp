#include "cli/arguments/reject_bound.h"

#include <gtest/gtest.h>

namespace visionshard::cli {
namespace {

Counts counts(std::uint64_t lines, std::uint64_t blank, std::uint64_t rejected) {
  Counts c;
  c.lines = lines;
  c.blank = blank;
  c.rejected = rejected;
  return c;
}

TEST(RejectBound, ANumberOfLinesMayBeReached) {
  const RejectBound bound = *parse_reject_bound("2");
  EXPECT_FALSE(bound.is_exceeded(counts(10, 0, 2)));
  EXPECT_TRUE(bound.is_exceeded(counts(10, 0, 3)));
}

TEST(RejectBound, APercentageIsOfTheLinesThatAreNotBlank) {
  const RejectBound bound = *parse_reject_bound("2.5%");
  EXPECT_FALSE(bound.is_exceeded(counts(50, 10, 1)));  // 1 of 40
  EXPECT_TRUE(bound.is_exceeded(counts(49, 10, 1)));
}

TEST(RejectBound, AnEmptyTextIsNoBound) { EXPECT_FALSE(parse_reject_bound("")->is_exceeded(counts(10, 0, 10))); }

TEST(RejectBound, OtherTextIsRefused) {
  for (const char* text :
       {"few", "-1", "%", "-1%", "101%", "1e1%", "nan%", "2.5", "10MB", "1 ", "99999999999999999999"})
    EXPECT_EQ(parse_reject_bound(text).has_value(), false) << text;
}

}  // namespace
}  // namespace visionshard::cli
