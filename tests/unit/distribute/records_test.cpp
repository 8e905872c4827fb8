#include "distribute/shard_record.h"
#include "job_on_disk.h"

namespace visionshard::distribute {
namespace {

class RecordsTest : public JobOnDisk {
 protected:
  PartRecord published_part() {
    PartRecord record = make_part(1, {40, 50});
    record.codec_self_test = "1234";
    write(job_.paths.part_record(1), part_record_text(job_.plan, record));
    return record;
  }
  std::optional<PartRecord> read_part() { return read_part_record(job_.paths, job_.plan, 1).value(); }
};

TEST_F(RecordsTest, APartIsReadAsItWasWritten) {
  const PartRecord record = published_part();
  const auto read = read_part();
  ASSERT_TRUE(read);
  EXPECT_TRUE(same_bytes(*read, record));
  EXPECT_EQ(read->attempt, "try");
  EXPECT_EQ(read->host, "host");
  EXPECT_EQ(read->codec_self_test, "1234");
  EXPECT_EQ(read->written.first_ns, record.written.first_ns);
  EXPECT_EQ(read->written.last_ns, record.written.last_ns);
}

TEST_F(RecordsTest, ARecordWithOneTimeIsRead) {
  const PartRecord record = published_part();
  std::string text = part_record_text(job_.plan, record);
  const std::size_t at = text.find("\"first_written_ns\""), end = text.find("\"written_ns\"");
  ASSERT_LT(at, end);
  write(job_.paths.part_record(1), text.erase(at, end - at));
  ASSERT_TRUE(read_part());
  EXPECT_EQ(read_part()->written.first_ns, record.written.last_ns);
}

TEST_F(RecordsTest, APartWithoutItsFilesIsNotThere) {
  const PartRecord record = published_part();
  std::filesystem::resize_file(data_path(job_.paths, record), 1);
  EXPECT_FALSE(read_part());
  std::filesystem::remove_all(job_.paths.part_attempt(1, "try"));
  EXPECT_FALSE(read_part());
}

TEST_F(RecordsTest, ADamagedRecordOrOneOfAnotherPlanIsNone) {
  const PartRecord record = published_part();
  const std::string text = part_record_text(job_.plan, record);
  write(job_.paths.part_record(1), text.substr(0, text.size() / 2));
  EXPECT_FALSE(read_part());
  JobPlan other = job_.plan;
  other.id = "another";
  write(job_.paths.part_record(1), part_record_text(other, record));
  EXPECT_FALSE(read_part());
}

TEST_F(RecordsTest, WhoMadeAPartDoesNotCount) {
  const PartRecord one = published_part();
  PartRecord other = one;
  other.host = other.attempt = "another";
  EXPECT_TRUE(same_bytes(one, other));
  other.index.examples.xxh128[0] ^= 1;
  EXPECT_FALSE(same_bytes(one, other));
}

TEST_F(RecordsTest, AFileThatWasChangedIsToldByItsDigest) {
  const PartRecord record = published_part();
  const auto check = [&] {
    return check_file(job_.paths, record, output::PartIndex::examples_name, record.index.examples, {});
  };
  EXPECT_TRUE(check());
  const std::string path = file_path(job_.paths, record, output::PartIndex::examples_name);
  write(path, std::string(record.index.examples.bytes, 'y'));
  for (const int seconds : {2, -100}) {  // a copy can keep an older time
    std::filesystem::last_write_time(path,
                                     std::filesystem::file_time_type::clock::now() + std::chrono::seconds(seconds));
    const auto checked = check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().message.find(path + ": was changed"), 0u);
  }
}

TEST_F(RecordsTest, AShardIsThereWithItsRecordAndItsBytes) {
  const ShardRecord record{{"train-00002.jsonl", 5, "ab", "cd", 2, 1, 3}, 77};
  const PlannedShard planned{.number = 2, .bytes = 5};
  const auto read = [&] { return read_shard_record(job_.paths, job_.plan, 2, planned).value(); };
  EXPECT_FALSE(read());
  write(job_.paths.shard_record(2), shard_record_text(job_.plan, 2, record));
  EXPECT_FALSE(read());
  write(job_.paths.in_work("train-00002.jsonl"), "12345");
  ASSERT_TRUE(read());
  EXPECT_EQ(read()->written_ns, 77u);
  EXPECT_EQ(read()->info.sha256, "cd");
  EXPECT_EQ(read()->info.images, 3u);
  write(job_.paths.in_work("train-00002.jsonl"), "1234");
  EXPECT_FALSE(read());
}

}  // namespace
}  // namespace visionshard::distribute
