#include "input/source_list.h"

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"

namespace visionshard::input {
namespace {

using Paths = std::vector<std::string>;

class Sources : public testing::Test {
 protected:
  std::string fault_of(const Paths& inputs) {
    const auto listed = list_sources(inputs);
    return listed ? "" : listed.error().message;
  }

  test::TemporaryDirectory directory_;
};

TEST_F(Sources, StayInTheOrderTheyWereNamed) {
  const std::string b = directory_.write("b.txt", ""), a = directory_.write("a.jsonl", "");
  EXPECT_EQ(list_sources({b, "-", a, b}).value(), (Paths{b, "-", a, b}));
}

TEST_F(Sources, OfADirectoryAreItsCorpusFilesInByteOrderOfThePath) {
  // By bytes: '-' < '.' < '/' < '0' < 'B' < 'a'; a sort by directory or by locale would differ.
  const Paths expected = {directory_.write("0.jsonl.zst", ""),       directory_.write("B.jsonl", ""),
                          directory_.write("a-b/x.jsonl", ""),       directory_.write("a.jsonl.gz", ""),
                          directory_.write("a/deep/er/y.jsonl", ""), directory_.write("a/z.jsonl", ""),
                          directory_.write("a0.jsonl", ""),          directory_.write("\xC3\xA9.jsonl", "")};
  for (const char* const other : {"a.json", "notes.txt", "jsonl", "x.jsonl.bak", "x.jsonl.bz2"})
    directory_.write(other, "");
  EXPECT_EQ(list_sources({directory_.path().native()}).value(), expected);
}

TEST_F(Sources, LeaveOutWhatARunKeepsForItself) {
  const std::string shard = directory_.write("train-00000.jsonl", "");
  directory_.write("rejected.jsonl", "");
  directory_.write("manifest.json", "");
  directory_.write(".visionshard/train-00001.jsonl", "");
  EXPECT_EQ(list_sources({directory_.path().native()}).value(), Paths{shard});
}

TEST_F(Sources, TakeAFileThatIsCalledRejectedWhereNoRunHasEnded) {
  const std::string chosen = directory_.write("chosen.jsonl", ""), rejected = directory_.write("rejected.jsonl", "");
  EXPECT_EQ(list_sources({directory_.path().native()}).value(), (Paths{chosen, rejected}));
}

TEST_F(Sources, CanNameARejectedFileItself) {
  const std::string rejected = directory_.write("rejected.jsonl", "");
  EXPECT_EQ(list_sources({rejected}).value(), Paths{rejected});
}

TEST_F(Sources, TakeStandardInputOnce) { EXPECT_NE(fault_of({"-", "-"}), ""); }

TEST_F(Sources, NameThePathThatDoesNotExist) {
  EXPECT_NE(fault_of({directory_.file("missing.jsonl")}).find("missing.jsonl"), std::string::npos);
}

TEST_F(Sources, RefuseADirectoryWithoutCorpusFiles) {
  directory_.write("empty/notes.txt", "");
  EXPECT_NE(fault_of({directory_.file("empty")}).find("empty"), std::string::npos);
}

}  // namespace
}  // namespace visionshard::input
