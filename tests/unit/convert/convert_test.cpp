#include <gtest/gtest.h>
#include <visionshard/run.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "../../support/corpus.h"
#include "../../support/json_oracle.h"
#include "../../support/temporary_directory.h"
#include "base/xxh128.h"

namespace visionshard {
namespace {

using Files = std::map<std::string, std::string>;

class Convert : public testing::Test {
 protected:
  ConvertOptions options(unsigned threads, std::uint64_t memory_bytes) {
    ConvertOptions o;
    o.inputs = inputs_;
    o.limits.max_image_bytes = 4'000;
    o.limits.max_shard_bytes = 150'000;
    o.limits.max_image_examples = 40;
    o.output.directory = directory_.file("out" + std::to_string(runs_++));
    o.threads = threads;
    o.memory_bytes = memory_bytes;
    return o;
  }

  RunOutcome run(const ConvertOptions& o) {
    const std::atomic<bool> stop{false};
    return convert(o, stop);
  }

  // What a run leaves, without what tells of the machine and of times.
  static Files result_of(const ConvertOptions& o) {
    Files files = test::files_beneath(o.output.directory);
    files.erase("run.json");
    files.erase("report.html");
    return files;
  }

  static std::size_t newlines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  test::TemporaryDirectory directory_;
  std::vector<std::string> inputs_;
  int runs_ = 0;
};

void expect_same(const Files& expected, const Files& actual, const std::string& what) {
  for (const auto& [name, text] : expected) {
    ASSERT_TRUE(actual.contains(name)) << what << ": " << name << " is missing";
    const std::string& other = actual.at(name);
    const auto differs = std::mismatch(text.begin(), text.end(), other.begin(), other.end()).first - text.begin();
    ASSERT_TRUE(text == other) << what << ": " << name << " differs at byte " << differs << ": ..."
                               << text.substr(static_cast<std::size_t>(std::max<std::ptrdiff_t>(differs - 80, 0)), 160)
                               << "... and ..."
                               << other.substr(static_cast<std::size_t>(std::max<std::ptrdiff_t>(differs - 80, 0)),
                                               160);
  }
  ASSERT_EQ(expected.size(), actual.size()) << what;
}

TEST_F(Convert, MakesTheSameFilesWithAnyThreadsAndMemory) {
  test::Corpus corpus(1);
  inputs_ = {directory_.write("a.jsonl", "\xEF\xBB\xBF" + corpus.lines(500)), directory_.write("b.jsonl", ""),
             directory_.write("c.jsonl", corpus.lines(300) + "{\"messages\":[]}")};
  const ConvertOptions reference = options(1, 1 << 30);
  ASSERT_EQ(run(reference).status, RunStatus::done);
  const Files expected = result_of(reference);
  ASSERT_GT(expected.size(), 5u);
  for (const unsigned threads : {1u, 2u, 8u})
    for (const std::uint64_t memory_bytes : {4u << 20, 1u << 30}) {
      const ConvertOptions o = options(threads, memory_bytes);
      const RunOutcome outcome = run(o);
      ASSERT_EQ(outcome.status, RunStatus::done) << outcome.message;
      expect_same(expected, result_of(o),
                  std::to_string(threads) + " threads, " + std::to_string(memory_bytes) + " bytes");
      if (HasFatalFailure()) return;
    }
}

// Long lines are where a block's size, which follows the memory, could show.
TEST_F(Convert, MakesTheSameFilesOfLinesAroundTheLimitWithAnyMemory) {
  const auto example = [](std::size_t bytes) {
    const std::string before = R"({"messages":[{"role":"assistant","content":")", after = "\"}]}";
    return before + std::string(bytes - before.size() - after.size(), 'x') + after;
  };
  constexpr std::size_t limit = 100'000;
  std::string text;
  for (const std::size_t bytes : {limit - 1, limit, limit + 1, limit + 2, 3 * limit, 20 * limit})
    for (const char* const end : {"\n", "\r\n"}) text += example(bytes) + end + example(100) + "\n";
  text += std::string(2 * limit, ' ') + "\n" + std::string(20 * limit, ' ') + "\r\n" + example(100) + "\n";
  const std::string mark = "\xEF\xBB\xBF";
  inputs_ = {directory_.write("a.jsonl", text), directory_.write("b.jsonl", mark + example(limit) + "\r\n" + text),
             directory_.write("c.jsonl", mark + example(3 * limit) + "\r\n" + example(100)),
             directory_.write("d.jsonl", mark + example(limit - 1)),
             directory_.write("e.jsonl", example(5 * limit) + "\r")};
  Files expected;
  for (const std::uint64_t memory_bytes : {1u << 30, 4u << 20, 24u << 20, 40u << 20})
    for (const unsigned threads : {1u, 2u}) {
      ConvertOptions o = options(threads, memory_bytes);
      o.line.max_line_bytes = limit;
      const RunOutcome outcome = run(o);
      ASSERT_EQ(outcome.status, RunStatus::done) << outcome.message;
      if (expected.empty()) expected = result_of(o);
      expect_same(expected, result_of(o),
                  std::to_string(threads) + " threads, " + std::to_string(memory_bytes) + " bytes");
      if (HasFatalFailure()) return;
    }
}

TEST_F(Convert, AccountsForEveryLine) {
  test::Corpus corpus(2);
  const std::string text = corpus.lines(700);
  inputs_ = {directory_.write("a.jsonl", text)};
  const ConvertOptions o = options(2, 8 << 20);
  const RunOutcome outcome = run(o);
  ASSERT_EQ(outcome.status, RunStatus::done) << outcome.message;
  const Counts& c = outcome.report.counts;
  EXPECT_EQ(c.lines, newlines(text));
  EXPECT_EQ(c.lines, c.blank + c.written + c.rejected + c.duplicates);
  EXPECT_EQ(c.images, c.images_kept + c.images_relabelled + c.images_converted + c.images_shrunk);
  EXPECT_GT(std::min({c.blank, c.rejected, c.images_kept, c.images_relabelled, c.images_converted, c.images_shrunk}),
            0u);
  EXPECT_EQ(outcome.report.input_bytes, text.size());
  std::uint64_t examples = 0, rejected = 0;
  for (const ShardInfo& s : outcome.report.shards) {
    const std::string shard = test::text_of(directory_.path() / o.output.directory / s.path);
    Xxh128 digest;
    digest.update(as_bytes(shard));
    EXPECT_EQ(s.xxh128, hexadecimal(digest.finish()));
    EXPECT_EQ(s.bytes, shard.size());
    EXPECT_EQ(s.examples, newlines(shard));
    EXPECT_LE(s.bytes, o.limits.max_shard_bytes);
    EXPECT_LE(s.image_examples, o.limits.max_image_examples);
    examples += s.examples;
    for (std::size_t at = 0; at < shard.size(); at = shard.find('\n', at) + 1)
      EXPECT_TRUE(test::json_valid(std::string_view(shard).substr(at, shard.find('\n', at) - at)));
  }
  for (const std::uint64_t n : outcome.report.rejects) rejected += n;
  EXPECT_EQ(examples, c.written);
  EXPECT_EQ(rejected, c.rejected);
  EXPECT_EQ(newlines(test::text_of(o.output.directory + "/rejected.jsonl")), c.rejected);
}

// What was written is acceptable: a second run over it changes nothing.
TEST_F(Convert, ChangesNothingOfItsOwnOutput) {
  test::Corpus corpus(3);
  inputs_ = {directory_.write("a.jsonl", corpus.lines(500))};
  const ConvertOptions first = options(2, 64 << 20);
  ASSERT_EQ(run(first).status, RunStatus::done);
  inputs_ = {first.output.directory};
  const ConvertOptions second = options(2, 64 << 20);
  const RunOutcome again = run(second);
  ASSERT_EQ(again.status, RunStatus::done) << again.message;
  EXPECT_EQ(again.report.counts.rejected, 0u);
  EXPECT_EQ(again.report.counts.images, again.report.counts.images_kept);
  Files a = result_of(first), b = result_of(second);
  for (Files* files : {&a, &b}) {
    files->erase("manifest.json");
    files->erase("rejected.jsonl");
  }
  expect_same(a, b, "the second run");
}

TEST_F(Convert, RunsALineThatNeedsMoreThanAllItsMemory) {
  const std::string picture = test::png_file({600, 600, 0, 8}, std::vector<std::uint8_t>(600 * 600, 7));
  const std::string line =
      R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
      base64::oracle::encode(picture) + R"("}}]},{"role":"assistant","content":")" + std::string(3 << 20, 'x') +
      "\"}]}\n";
  inputs_ = {directory_.write("a.jsonl", line + line + line)};
  for (const unsigned threads : {1u, 2u, 8u}) {
    ConvertOptions o = options(threads, 1 << 20);
    o.limits = {};
    const RunOutcome outcome = run(o);
    ASSERT_EQ(outcome.status, RunStatus::done) << outcome.message;
    EXPECT_EQ(outcome.report.counts.images_converted, 3u);
  }
}

TEST_F(Convert, LeavesNoManifestAndOnlyWholeShardsWhenItIsStopped) {
  test::Corpus corpus(4);
  inputs_ = {directory_.write("a.jsonl", corpus.lines(1'500))};
  const ConvertOptions whole = options(2, 4 << 20);
  ASSERT_EQ(run(whole).status, RunStatus::done);
  const Files expected = result_of(whole);
  for (const unsigned threads : {1u, 2u, 8u}) {
    const ConvertOptions o = options(threads, 4 << 20);
    std::atomic<bool> stop{false};
    const RunOutcome outcome = convert(o, stop, [&](const ProgressReport& so_far) {
      if (so_far.counts.lines > 300) stop = true;
    });
    ASSERT_EQ(outcome.status, RunStatus::interrupted) << outcome.message;
    EXPECT_NE(outcome.message, "");
    EXPECT_FALSE(std::filesystem::exists(o.output.directory + "/manifest.json"));
    for (const auto& [name, text] : test::files_beneath(o.output.directory))
      if (name.starts_with("train-")) {
        EXPECT_TRUE(expected.at(name) == text) << name << " is not what a whole run makes";
      }
  }
}

TEST_F(Convert, TellsItsProgressFromOneThreadAtATimeAndNeverBackwards) {
  test::Corpus corpus(5);
  inputs_ = {directory_.write("a.jsonl", corpus.lines(1'000))};
  for (const unsigned threads : {1u, 2u, 8u}) {
    std::atomic<int> inside{0};
    std::atomic<bool> stop{false};
    std::uint64_t calls = 0, overlaps = 0, backwards = 0, lines = 0, bytes = 0;
    const RunOutcome outcome = convert(options(threads, 4 << 20), stop, [&](const ProgressReport& report) {
      const auto& [so_far, input_bytes, done_bytes, total_bytes, at_work] = report;
      if (++inside != 1) ++overlaps;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      if (so_far.lines < lines || input_bytes < bytes) ++backwards;
      lines = so_far.lines;
      bytes = input_bytes;
      ++calls;
      --inside;
    });
    ASSERT_EQ(outcome.status, RunStatus::done);
    EXPECT_GT(calls, 3u);
    EXPECT_EQ(overlaps, 0u);
    EXPECT_EQ(backwards, 0u);
    EXPECT_EQ(lines, outcome.report.counts.lines);
  }
}

TEST_F(Convert, RunsBesideAnotherInOneProcess) {
  test::Corpus corpus(8);
  inputs_ = {directory_.write("a.jsonl", corpus.lines(600))};
  const ConvertOptions alone = options(2, 4 << 20);
  ASSERT_EQ(run(alone).status, RunStatus::done);
  const ConvertOptions pair[] = {options(2, 4 << 20), options(3, 4 << 20)};
  RunStatus statuses[2];
  {
    const std::jthread first([&] { statuses[0] = run(pair[0]).status; });
    const std::jthread second([&] { statuses[1] = run(pair[1]).status; });
  }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(statuses[i], RunStatus::done);
    expect_same(result_of(alone), result_of(pair[i]), "beside another run");
  }
}

TEST_F(Convert, FailsWithoutAManifestWhereAnInputIsDamaged) {
  test::Corpus corpus(6);
  inputs_ = {directory_.write("a.jsonl", corpus.lines(200)),
             directory_.write("b.jsonl.gz", "\x1F\x8B\x08 this is no gzip")};
  for (const unsigned threads : {1u, 2u}) {
    const ConvertOptions o = options(threads, 4 << 20);
    const RunOutcome outcome = run(o);
    EXPECT_EQ(outcome.status, RunStatus::failed);
    EXPECT_NE(outcome.message.find("b.jsonl.gz"), std::string::npos) << outcome.message;
    EXPECT_FALSE(std::filesystem::exists(o.output.directory + "/manifest.json"));
  }
}

TEST_F(Convert, RefusesADirectoryThatHoldsARunOrSomethingElse) {
  test::Corpus corpus(7);
  inputs_ = {directory_.write("a.jsonl", corpus.lines(20))};
  ConvertOptions o = options(1, 4 << 20);
  ASSERT_EQ(run(o).status, RunStatus::done);
  const Files before = test::files_beneath(o.output.directory);
  EXPECT_EQ(run(o).status, RunStatus::refused);
  EXPECT_EQ(test::files_beneath(o.output.directory), before);
  o.output.force = true;
  EXPECT_EQ(run(o).status, RunStatus::done);
  directory_.write("other/notes.txt", "mine");
  o.output.directory = directory_.file("other");
  EXPECT_EQ(run(o).status, RunStatus::refused);
  EXPECT_EQ(test::text_of(directory_.file("other/notes.txt")), "mine");
}

}  // namespace
}  // namespace visionshard
