#include "base/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>
#include <vector>

#include "../../support/temporary_directory.h"

namespace visionshard {
namespace {

class AtomicFileTest : public testing::Test {
 protected:
  AtomicFile create(Temporary temporary = Temporary::removed) {
    return *AtomicFile::create(temporary_, path_, Durability::synced, temporary);
  }
  std::string content() const { return test::text_of(path_); }
  bool exists(const std::string& path) const { return std::filesystem::exists(path); }

  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("name"), temporary_ = directory_.file("name.partial");
};

TEST_F(AtomicFileTest, HasItsNameOnlyOnceItIsPublished) {
  AtomicFile file = create();
  ASSERT_TRUE(file.append("all of it"));
  EXPECT_FALSE(exists(path_));
  ASSERT_TRUE(file.publish(Existing::refused));
  EXPECT_EQ(content(), "all of it");
  EXPECT_FALSE(exists(temporary_));
}

TEST_F(AtomicFileTest, ReplacesAnotherFileOrRefusesTo) {
  directory_.write("name", "another");
  AtomicFile refused = create();
  ASSERT_TRUE(refused.append("new"));
  const auto published = refused.publish(Existing::refused);
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().message, path_ + ": cannot rename into place: File exists");
  EXPECT_EQ(content(), "another");
  AtomicFile replaced = create();
  ASSERT_TRUE(replaced.append("new"));
  ASSERT_TRUE(replaced.publish(Existing::replaced));
  EXPECT_EQ(content(), "new");
}

TEST_F(AtomicFileTest, DoesNotReplaceADeviceOrAPipe) {
  const std::string path = directory_.file("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto written = write_file_atomically(path, "text", Durability::none);
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("not a regular file"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_fifo(path));
  EXPECT_FALSE(exists(path + ".partial"));
}

TEST_F(AtomicFileTest, LeavesTheTemporaryFileOnlyWhereItIsToBeKept) {
  { const AtomicFile file = create(Temporary::removed); }
  EXPECT_FALSE(exists(temporary_));
  { const AtomicFile file = create(Temporary::kept); }
  EXPECT_TRUE(exists(temporary_));
}

TEST_F(AtomicFileTest, OfSeveralThatPublishOneNameTheFirstGivesIt) {
  AtomicFile first = create(),
             second = *AtomicFile::create(temporary_ + "2", path_, Durability::none, Temporary::removed);
  ASSERT_TRUE(first.append("first"));
  ASSERT_TRUE(second.append("second"));
  EXPECT_EQ(first.publish_if_first().value(), true);
  EXPECT_EQ(second.publish_if_first().value(), false);
  EXPECT_EQ(content(), "first");
  std::filesystem::remove(path_);
  EXPECT_EQ(second.publish_if_first().value(), true);
  EXPECT_EQ(content(), "second");
}

TEST_F(AtomicFileTest, TakesRangesFromSeveralThreads) {
  AtomicFile file = create();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 4; ++i)
      threads.emplace_back([&file, i] {
        std::string text(1000, static_cast<char>('a' + i));
        iovec piece{text.data(), text.size()};
        EXPECT_TRUE(file.write({&piece, 1}, i * 1000));
      });
  }
  ASSERT_TRUE(file.publish(Existing::refused));
  EXPECT_EQ(content(),
            std::string(1000, 'a') + std::string(1000, 'b') + std::string(1000, 'c') + std::string(1000, 'd'));
}

TEST_F(AtomicFileTest, SaysWhichFileCannotBeWrittenAndWhy) {
  AtomicFile full(FileDescriptor(::open("/dev/full", O_WRONLY | O_CLOEXEC)), temporary_, path_, Durability::none,
                  Temporary::removed);
  const auto appended = full.append("text");
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().message, temporary_ + ": cannot write: No space left on device");
  const std::string nowhere = directory_.file("no/folder");
  const auto written = write_file_atomically(nowhere, "text", Durability::none);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, nowhere + ".partial: cannot create: No such file or directory");
}

TEST_F(AtomicFileTest, AFailedWriteLeavesTheOldFileAndNoOther) {
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(write_file_atomically(path_, "text", Durability::none));
  EXPECT_TRUE(std::filesystem::is_directory(path_));
  EXPECT_FALSE(exists(temporary_));
}

}  // namespace
}  // namespace visionshard
