#include "convert/resume.h"

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"
#include "output/journal.h"
#include "output/run_directory.h"

namespace visionshard::conversion {
namespace {

// What `xxhsum -H2` prints of a million times "a".
constexpr char digest_of_million[] = "a545df8e384a9579b1fd6fae5285c4eb";
constexpr std::size_t shard_bytes = 1'000'000;
constexpr char fingerprint[] = "{\"version\":\"1\"}\n";
constexpr std::size_t shards = 3;

// The output directory of a run that was killed after its third shard.
class UnfinishedRun : public testing::Test {
 protected:
  UnfinishedRun() {
    std::filesystem::create_directory(directory_.path() / output::work_directory_name);
    std::vector<std::string> lines = {fingerprint};
    for (std::size_t i = 0; i < shards; ++i) {
      directory_.write(shard(i), std::string(shard_bytes, 'a'));
      output::Checkpoint checkpoint;
      checkpoint.shard.path = shard(i);
      checkpoint.shard.bytes = shard_bytes;
      checkpoint.shard.xxh128 = digest_of_million;
      checkpoint.written_ns = 0;  // every file is newer, so that its bytes are compared
      checkpoint.offset = 100 * (i + 1);
      checkpoint.rejected_bytes = 10 * i;
      checkpoint.report.inputs.emplace_back().lines = 5 * (i + 1);
      lines.push_back(output::checkpoint_line(checkpoint));
    }
    write_rejects(10 * (shards - 1));
    EXPECT_TRUE(output::Journal::create(path(), lines, Durability::none));
  }

  static std::string shard(std::size_t index) { return "train-0000" + std::to_string(index) + ".jsonl"; }
  std::string path() const { return directory_.path().native(); }
  std::string in_work(const std::string& name) const { return std::string(output::work_directory_name) + "/" + name; }
  void write_rejects(std::size_t bytes) const {
    directory_.write(in_work(output::rejected_name), std::string(bytes, 'r'));
  }

  RunResult<Resumption> find(const std::string& wanted = fingerprint) const {
    return find_resumption(path(), "train", wanted, [] { return true; });
  }
  // It resumes after so many shards.
  void expect_resumption_after(std::size_t count) const {
    const auto found = find();
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(found->difference);
    EXPECT_EQ(found->shards.size(), count);
    EXPECT_EQ(found->journal.size(), count + 1);
    ASSERT_EQ(found->last.has_value(), count > 0);
    if (count == 0) return;
    EXPECT_EQ(found->last->offset, 100 * count);
    ASSERT_EQ(found->last->report.inputs.size(), 1u);
    EXPECT_EQ(found->last->report.inputs[0].lines, 5 * count);
  }

  test::TemporaryDirectory directory_;
};

TEST_F(UnfinishedRun, ResumesAfterItsLastShard) { expect_resumption_after(shards); }

TEST_F(UnfinishedRun, HasNothingToResumeWithoutAJournal) {
  std::filesystem::remove(directory_.path() / in_work(output::journal_name));
  const auto found = find();
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->journal.empty());
  EXPECT_TRUE(found->shards.empty());
  EXPECT_FALSE(found->last);
}

TEST_F(UnfinishedRun, AcceptsAShardThatHasNotItsFinalNameYet) {
  std::filesystem::rename(directory_.path() / shard(2), directory_.path() / in_work(shard(2)));
  expect_resumption_after(3);
}

TEST_F(UnfinishedRun, ResumesBeforeAMissingShard) {
  std::filesystem::remove(directory_.path() / shard(1));
  expect_resumption_after(1);
}

TEST_F(UnfinishedRun, ResumesBeforeAChangedShard) {
  std::string text(shard_bytes, 'a');
  text[shard_bytes / 2] = 'b';
  directory_.write(shard(1), text);
  expect_resumption_after(1);
}

TEST_F(UnfinishedRun, ResumesBeforeATruncatedShard) {
  directory_.write(shard(0), std::string(shard_bytes - 1, 'a'));
  expect_resumption_after(0);
}

TEST_F(UnfinishedRun, IgnoresAJournalLineThatWasCutOff) {
  const auto journal = directory_.path() / in_work(output::journal_name);
  std::filesystem::resize_file(journal, std::filesystem::file_size(journal) - 1);
  expect_resumption_after(2);
}

TEST_F(UnfinishedRun, ResumesBeforeAJournalLineThatIsDamaged) {
  const auto journal = directory_.path() / in_work(output::journal_name);
  std::string text = test::text_of(journal);
  text[text.find(shard(1)) - 2] = '!';  // the quote before the colon
  directory_.write(in_work(output::journal_name), text);
  expect_resumption_after(1);
}

TEST_F(UnfinishedRun, ResumesBeforeAShardWhoseRejectsAreLost) {
  write_rejects(15);  // the third shard was complete when rejected.jsonl had 20 bytes
  expect_resumption_after(2);
}

TEST_F(UnfinishedRun, IsNotResumedWithAnotherFingerprint) {
  const auto found = find("{\"version\":\"2\"}\n");
  ASSERT_TRUE(found);
  ASSERT_TRUE(found->difference);
  EXPECT_EQ(*found->difference, "version was \"1\" and is \"2\"");
  EXPECT_TRUE(found->shards.empty());
  EXPECT_FALSE(found->last);
}

}  // namespace
}  // namespace visionshard::conversion
