#include "base/external_sort.h"

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"

namespace visionshard {
namespace {

std::uint64_t scrambled(std::uint64_t i) { return i * 0x9E3779B97F4A7C15u; }

RunResult<std::vector<std::uint64_t>> merged(SortedRuns<std::uint64_t>& runs) {
  std::vector<std::uint64_t> all;
  VISIONSHARD_TRY(runs.merge([&](std::uint64_t record) -> RunResult<void> {
    all.push_back(record);
    return {};
  }));
  return all;
}

TEST(SortedRuns, GiveFewRecordsInOrderWithoutAFile) {
  const test::TemporaryDirectory directory;
  SortedRuns<std::uint64_t> runs(directory.file("runs"));
  for (const std::uint64_t record : {3u, 1u, 2u, 1u}) ASSERT_TRUE(runs.add(record));
  EXPECT_EQ(merged(runs).value(), (std::vector<std::uint64_t>{1, 1, 2, 3}));
  EXPECT_TRUE(test::files_beneath(directory.path()).empty());
}

TEST(SortedRuns, GiveMoreRecordsThanTheyBufferInOrderAndRemoveTheirFiles) {
  const test::TemporaryDirectory directory;
  std::vector<std::uint64_t> wanted;
  {
    SortedRuns<std::uint64_t> runs(directory.file("runs"));
    for (std::uint64_t i = 0; i < (std::uint64_t{5} << 18); ++i) {
      wanted.push_back(scrambled(i));
      ASSERT_TRUE(runs.add(wanted.back()));
    }
    std::sort(wanted.begin(), wanted.end());
    EXPECT_EQ(merged(runs).value(), wanted);
  }
  EXPECT_TRUE(test::files_beneath(directory.path()).empty());
}

TEST(SortedRuns, MergeMoreFilesThanMayBeOpenAtOnceAndLeaveThemAlone) {
  const test::TemporaryDirectory directory;
  constexpr std::uint64_t files = 700;
  {
    SortedRuns<std::uint64_t> runs(directory.file("runs"));
    for (std::uint64_t i = 0; i < files; ++i) {
      const std::string path = directory.file(std::to_string(i));
      RecordWriter<std::uint64_t> writer(path);
      ASSERT_TRUE(writer.add(i));
      ASSERT_TRUE(writer.add(i + files));
      runs.add_file(path, writer.finish(Durability::none)->bytes);
    }
    const auto all = merged(runs).value();
    ASSERT_EQ(all.size(), 2 * files);
    for (std::uint64_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], i);
  }
  EXPECT_EQ(test::files_beneath(directory.path()).size(), files);
}

TEST(SortedRuns, EndWithTheFaultOfWhoeverTakesTheRecords) {
  const test::TemporaryDirectory directory;
  SortedRuns<std::uint64_t> runs(directory.file("runs"));
  for (const std::uint64_t record : {2u, 1u, 3u}) ASSERT_TRUE(runs.add(record));
  const auto done = runs.merge(
      [](std::uint64_t record) { return record == 2 ? RunResult<void>(run_fault("enough")) : RunResult<void>(); });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "enough");
}

TEST(RecordReader, RefusesAFileOfAnotherSize) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.write("records", "12345678");
  EXPECT_TRUE(RecordReader<std::uint64_t>::open(path, 8));
  const auto opened = RecordReader<std::uint64_t>::open(path, 16);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, path + ": has 8 bytes where 16 were written");
}

}  // namespace
}  // namespace visionshard
