#include "cli/arguments/size.h"

#include <gtest/gtest.h>

namespace visionshard::cli {
namespace {

TEST(Size, DecimalAndBinaryUnits) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("500000"), 500'000u);
  EXPECT_EQ(parse_size("10B"), 10u);
  EXPECT_EQ(parse_size("1kB"), 1000u);
  EXPECT_EQ(parse_size("1KB"), 1000u);
  EXPECT_EQ(parse_size("1KiB"), 1024u);
  EXPECT_EQ(parse_size("10MB"), 10'000'000u);
  EXPECT_EQ(parse_size("10MiB"), 10'485'760u);
  EXPECT_EQ(parse_size("2GB"), 2'000'000'000u);
  EXPECT_EQ(parse_size("2GiB"), 2'147'483'648u);
  EXPECT_EQ(parse_size("1TB"), 1'000'000'000'000u);
  EXPECT_EQ(parse_size("1TiB"), 1'099'511'627'776u);
}

TEST(Size, FractionsEndAtWholeBytes) {
  EXPECT_EQ(parse_size("1.5GB"), 1'500'000'000u);
  EXPECT_EQ(parse_size("0.5KiB"), 512u);
  EXPECT_EQ(parse_size("0.1KiB"), 102u);  // 102.4
  EXPECT_EQ(parse_size("1.9"), 1u);
}

TEST(Size, UpToTheLargestNumber) {
  EXPECT_EQ(parse_size("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_size("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_size("16777215TiB"), 16'777'215ull << 40);
  EXPECT_EQ(parse_size("16777216TiB"), std::nullopt);
}

TEST(Size, OtherTextIsNoSize) {
  for (const char* text :
       {"", "MB", "-1", "+1", " 1", "1 MB", "1mb", "1M", "0x10", "1.", "1.2.3MB", "1.1234567", "ten"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

}  // namespace
}  // namespace visionshard::cli
