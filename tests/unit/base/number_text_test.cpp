#include "base/number_text.h"

#include <gtest/gtest.h>

namespace visionshard {
namespace {

TEST(Grouped, ByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(18446744073709551615u), "18,446,744,073,709,551,615");
}

TEST(Counted, OnlyOneIsSingular) {
  EXPECT_EQ(counted(0, "line"), "0 lines");
  EXPECT_EQ(counted(1, "line"), "1 line");
  EXPECT_EQ(counted(1000, "line"), "1,000 lines");
}

TEST(ByteSize, ThreeDigitsThatMatter) {
  EXPECT_EQ(byte_size(0), "0 B");
  EXPECT_EQ(byte_size(999), "999 B");
  EXPECT_EQ(byte_size(1000), "1.00 kB");
  EXPECT_EQ(byte_size(12'345), "12.3 kB");
  EXPECT_EQ(byte_size(999'499), "999 kB");
  EXPECT_EQ(byte_size(999'500), "1.00 MB");
  EXPECT_EQ(byte_size(512'000'000'000), "512 GB");
}

}  // namespace
}  // namespace visionshard
