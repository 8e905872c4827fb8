#include "store/store_writer.h"

#include "store/log_reader.h"
#include "store/verify_store.h"
#include "store_on_disk.h"

namespace visionshard::store {
namespace {

class StoreWriterTest : public StoreOnDisk {};

TEST_F(StoreWriterTest, KeepsWhatWasAddedByEarlierRuns) {
  {
    StoreWriter writer = open();
    for (int i = 0; i < 3; ++i) add(writer, i);
    ASSERT_TRUE(writer.close());
  }
  StoreWriter writer = open();
  EXPECT_EQ(writer.recovery().records, 3u);
  EXPECT_EQ(writer.recovery().cut_bytes, 0u);
  add(writer, 3);
  ASSERT_TRUE(writer.close());
  ASSERT_TRUE(seal().sealed);
  const auto reader = read();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(found(*reader, url(i)), body(i));
  EXPECT_EQ(found(*reader, url(4)), "missing");
}

// A crash can cut the log at any byte of the last record, with its body already on the disk. The next run cuts both off
// and fetches the URL again: the sealed store is the one of a run without a crash.
TEST_F(StoreWriterTest, GoesOnAfterACrashAtEachByteOfTheLastRecord) {
  {
    StoreWriter writer = open();
    for (int i = 0; i < 3; ++i) add(writer, i);
    ASSERT_TRUE(writer.close());
  }
  const std::string index = seal().seal.index_xxh128;
  const std::string log = text_of("log/a.jsonl"), bodies = text_of("bodies/a-00000.bin");
  const std::size_t last = log.rfind('\n', log.size() - 2) + 1;
  for (std::size_t cut = last; cut < log.size(); ++cut) {
    write("log/a.jsonl", log.substr(0, cut));
    write("bodies/a-00000.bin", bodies);
    StoreWriter writer = open();
    ASSERT_EQ(writer.recovery().records, 2u) << cut;
    ASSERT_EQ(writer.recovery().cut_bytes, cut - last) << cut;
    ASSERT_EQ(text_of("bodies/a-00000.bin"), body(0) + body(1)) << cut;
    add(writer, 2);
    ASSERT_TRUE(writer.close());
    ASSERT_EQ(text_of("log/a.jsonl"), log) << cut;
    ASSERT_EQ(text_of("bodies/a-00000.bin"), bodies) << cut;
  }
  EXPECT_EQ(seal().seal.index_xxh128, index);
}

// The same with the body cut, which the record that names it then does not follow.
TEST_F(StoreWriterTest, LeavesNoBytesThatNoRecordNames) {
  {
    StoreWriter writer = open("a", {.max_segment_bytes = 20});
    for (int i = 0; i < 5; ++i) add(writer, i);
    ASSERT_TRUE(writer.close());
  }
  ASSERT_TRUE(exists("bodies/a-00002.bin"));
  const std::string log = text_of("log/a.jsonl");
  write("log/a.jsonl", log.substr(0, log.find('\n') + 1));
  const StoreWriter writer = open("a", {.max_segment_bytes = 20});
  EXPECT_EQ(text_of("bodies/a-00000.bin"), body(0));
  EXPECT_FALSE(exists("bodies/a-00001.bin"));
  EXPECT_FALSE(exists("bodies/a-00002.bin"));
}

TEST_F(StoreWriterTest, WritesNoRecordBeforeItsBodyIsSynced) {
  StoreWriter writer = open("a", {.max_waiting_records = 3, .max_wait = std::chrono::hours(1)});
  add(writer, 0);
  add(writer, 1);
  EXPECT_EQ(text_of("log/a.jsonl"), "");
  add(writer, 2);
  const std::string log = text_of("log/a.jsonl");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 3);
  add(writer, 3);
  EXPECT_EQ(text_of("log/a.jsonl"), log);
  ASSERT_TRUE(writer.sync());
  EXPECT_GT(text_of("log/a.jsonl").size(), log.size());
}

TEST_F(StoreWriterTest, ReportsDamageThatIsNoCrashs) {
  {
    StoreWriter writer = open();
    for (int i = 0; i < 3; ++i) add(writer, i);
    ASSERT_TRUE(writer.close());
  }
  const std::string log = text_of("log/a.jsonl"), bodies = text_of("bodies/a-00000.bin");
  std::string damaged = log;
  damaged[damaged.find('\n') + 5] ^= 1;
  write("log/a.jsonl", damaged);
  const auto opened = StoreWriter::open(path_, "a");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("log/a.jsonl: the record at byte " + std::to_string(log.find('\n') + 1) +
                                        " is damaged"),
            std::string::npos)
      << opened.error().message;
  write("log/a.jsonl", log);
  write("bodies/a-00000.bin", bodies.substr(0, bodies.size() - 1));
  const auto short_segment = StoreWriter::open(path_, "a");
  ASSERT_FALSE(short_segment);
  EXPECT_NE(short_segment.error().message.find("bodies are lost"), std::string::npos);
}

TEST_F(StoreWriterTest, ReadsOnAfterALongRecord) {
  {
    StoreWriter writer = open();
    add(writer, 0);
    UrlRecord longest = failure(1, FaultCode::url_unreachable, false);
    longest.url += std::string(9'000'000, 'A');
    ASSERT_TRUE(writer.add(longest));
    add(writer, 2);
    ASSERT_TRUE(writer.close());
  }
  StoreWriter writer = open();
  EXPECT_EQ(writer.recovery().records, 3u);
  EXPECT_EQ(writer.recovery().cut_bytes, 0u);
  ASSERT_TRUE(writer.close());
  ASSERT_TRUE(seal().sealed);
  EXPECT_EQ(found(*read(), url(2)), body(2));
}

TEST_F(StoreWriterTest, CutsNothingOffAfterALineThatIsTooLongToRead) {
  {
    StoreWriter writer = open();
    add(writer, 0);
    ASSERT_TRUE(writer.close());
  }
  const std::string record = text_of("log/a.jsonl");
  write("log/a.jsonl", record + std::string(70'000'000, 'A') + '\n' + record);
  const std::uint64_t bytes = bytes_of("log/a.jsonl");
  const auto opened = StoreWriter::open(path_, "a");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("log/a.jsonl: the record at byte " + std::to_string(record.size()) +
                                        " is longer than any"),
            std::string::npos)
      << opened.error().message;
  EXPECT_EQ(bytes_of("log/a.jsonl"), bytes);
}

TEST_F(StoreWriterTest, StoresEqualBodiesOnce) {
  StoreWriter writer = open();
  add(writer, record(0), "the same");
  add(writer, record(1), "another");
  add(writer, record(2), "the same");
  ASSERT_TRUE(writer.close());
  {
    StoreWriter again = open();
    add(again, record(3), "the same");
    ASSERT_TRUE(again.close());
  }
  EXPECT_EQ(text_of("bodies/a-00000.bin"), "the sameanother");
  ASSERT_TRUE(seal().sealed);
  const auto reader = read();
  for (const int i : {0, 2, 3}) EXPECT_EQ(found(*reader, url(i)), "the same");
}

TEST_F(StoreWriterTest, StoresABodyThatIsLargerThanItsMemory) {
  std::string large;
  for (int i = 0; large.size() < 3 * BodyBuffer::max_memory_bytes; ++i) large += std::to_string(i);
  StoreWriter writer = open();
  BodyBuffer buffer(writer.paths().bodies());
  for (std::size_t at = 0; at < large.size(); at += 1000)
    ASSERT_TRUE(buffer.append(as_bytes(std::string_view(large).substr(at, 1000))));
  Bytes spare;
  EXPECT_EQ(as_text(*buffer.view(spare)), large);
  ASSERT_TRUE(writer.add(record(0), buffer));
  EXPECT_EQ(buffer.size(), 0u);
  ASSERT_TRUE(buffer.append(as_bytes("small")));
  EXPECT_EQ(as_text(*buffer.view(spare)), "small");
  ASSERT_TRUE(writer.add(record(1), buffer));
  ASSERT_TRUE(writer.close());
  ASSERT_TRUE(seal().sealed);
  const auto reader = read();
  EXPECT_EQ(found(*reader, url(0)), large);
  EXPECT_EQ(found(*reader, url(1)), "small");
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path_ + "/bodies")) files += entry.is_regular_file();
  EXPECT_EQ(files, 1u);
}

TEST_F(StoreWriterTest, RefusesASecondWriterForATaskAndSealingMeanwhile) {
  StoreWriter writer = open("a");
  const auto second = StoreWriter::open(path_, "a");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().status, RunStatus::refused);
  EXPECT_TRUE(StoreWriter::open(path_, "b"));
  const auto sealed = seal_store(path_, {});
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().status, RunStatus::refused);
  ASSERT_TRUE(writer.close());
  EXPECT_TRUE(seal_store(path_, {}));
}

TEST_F(StoreWriterTest, RefusesAFolderWithOtherFiles) {
  directory_.write("other/file", "x");
  const auto opened = StoreWriter::open(directory_.file("other"), "a");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().status, RunStatus::refused);
  EXPECT_FALSE(std::filesystem::exists(directory_.file("other/store.json")));
  EXPECT_FALSE(StoreWriter::open(path_, "../a"));
}

TEST_F(StoreWriterTest, VerificationNamesADamagedBody) {
  StoreWriter writer = open();
  for (int i = 0; i < 3; ++i) add(writer, i);
  ASSERT_TRUE(writer.add(failure(3, FaultCode::url_status, false, 404)));
  ASSERT_TRUE(writer.close());
  std::vector<std::string> damaged;
  const auto note = [&](const UrlRecord& of, const std::string&) { damaged.push_back(of.url); };
  auto verified = verify_store(path_, note);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->records, 4u);
  EXPECT_EQ(verified->bodies, 3u);
  EXPECT_EQ(verified->damaged, 0u);
  std::string bodies = text_of("bodies/a-00000.bin");
  bodies[body(0).size()] ^= 1;
  write("bodies/a-00000.bin", bodies);
  verified = verify_store(path_, note);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->damaged, 1u);
  EXPECT_EQ(damaged, std::vector<std::string>{url(1)});
}

}  // namespace
}  // namespace visionshard::store
