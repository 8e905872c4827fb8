#include "output/checkpoint.h"

#include <gtest/gtest.h>

namespace visionshard::output {
namespace {

TEST(Histogram, EachValueLiesInItsBucket) {
  for (std::uint64_t value = 2; value < 5000; ++value) {
    const std::size_t bucket = Histogram::bucket_of(value);
    EXPECT_GE(value, Histogram::lower_bound(bucket));
    EXPECT_LT(value, Histogram::lower_bound(bucket + 1));
  }
  EXPECT_EQ(Histogram::lower_bound(Histogram::bucket_of(0)), 0u);
  EXPECT_EQ(Histogram::lower_bound(Histogram::bucket_of(1)), 1u);
  EXPECT_EQ(Histogram::lower_bound(Histogram::bucket_of(1 << 20)), 1u << 20);
  EXPECT_EQ(Histogram::lower_bound(Histogram::bucket_of(3 << 19)), 3u << 19);
  EXPECT_EQ(Histogram::bucket_of(UINT64_MAX), Histogram::bucket_count - 1);
}

ImageStatistics some_images() {
  ImageStatistics statistics;
  statistics.add({"JPEG", "RGB", 1000, {640, 480}}, 425);
  statistics.add({"PNG", "palette", 3, {1, 2}}, 255);
  statistics.add({"JPEG", "RGB", 70'000, {10, 4000}}, 1105);
  return statistics;
}

TEST(ImageStatistics, AddUp) {
  ImageStatistics sum = some_images();
  sum += some_images();
  EXPECT_EQ(sum.bytes.total, 2 * 71'003u);
  EXPECT_EQ(sum.longest_sides.largest, 4000u);
  ASSERT_EQ(sum.kinds.size(), 2u);
  EXPECT_EQ(sum.kinds[0].images, 4u);
  EXPECT_EQ(sum.kinds[1].mode, "palette");
}

TEST(Checkpoint, ReadsBackWhatItWrote) {
  Checkpoint checkpoint;
  checkpoint.report.images_before = some_images();
  checkpoint.report.images_after.add({"WebP", "RGBA", 5, {6, 7}}, 85);
  checkpoint.report.images_by_url = 8;
  checkpoint.report.rejects[static_cast<std::size_t>(FaultCode::bad_role)] = 9;
  checkpoint.report.first_rejects[FaultCode::bad_role] = {{"a\"b", 1, "/messages/0/role", "x"}, {"c", 2, "", "y\n"}};
  const std::string line = checkpoint_line(checkpoint);
  const auto read = read_checkpoint(line);
  ASSERT_TRUE(read);
  EXPECT_EQ(checkpoint_line(*read), line);
  EXPECT_EQ(read->report.images_before.bytes.buckets, checkpoint.report.images_before.bytes.buckets);
  EXPECT_EQ(read->report.first_rejects.at(FaultCode::bad_role).at(1).detail, "y\n");
}

TEST(Checkpoint, RefusesABucketThatIsNone) {
  std::string line = checkpoint_line({});
  const std::string_view empty = "\"buckets\": {}";
  line.replace(line.find(empty), empty.size(), "\"buckets\": {\"96\": 1}");
  EXPECT_FALSE(read_checkpoint(line));
}

}  // namespace
}  // namespace visionshard::output
