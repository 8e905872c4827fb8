#include "convert/committer.h"

#include <gtest/gtest.h>

#include <cstring>

#include "../../support/seeded_random.h"
#include "../../support/temporary_directory.h"
#include "convert/convert_processor.h"
#include "line/stages.h"
#include "output/manifest.h"
#include "output/run_directory.h"

namespace visionshard::conversion {
namespace {

std::string example(const std::string& text) {
  return R"({"messages":[{"role":"user","content":")" + text + R"("},{"role":"assistant","content":"yes"}]})" + "\n";
}
constexpr char broken[] = "{\"messages\":\n";

class Committing : public testing::Test {
 protected:
  Committing() {
    std::filesystem::create_directory(directory_.path() / output::work_directory_name);
    options_.output.directory = directory_.path().native();
    options_.output.sync = false;
  }

  // Batches are kept, since what is written points into them.
  ConvertBatch& batch_of(const std::string& text, std::uint64_t offset = 0) {
    auto& batch = *batches_.emplace_back(std::make_unique<ConvertBatch>());
    batch.text.block.reserve(text.size() + input::block_padding);
    std::memcpy(batch.text.block.data(), text.data(), text.size());
    batch.text.end = batch.text.text_bytes = text.size();
    batch.text.offset = offset;
    const line::LineContext context = *line_context(options_, budget_, "", nullptr);
    line::Scratch scratch;
    EXPECT_TRUE(line::parse_batch(batch, context, scratch));
    line::assemble(batch, context);
    batch.find_untouched_runs();
    return batch;
  }
  // Commits a block and writes it, as the engine does.
  void commit(Committer& committer, ShardSink& sink, ConvertBatch& batch) {
    ASSERT_TRUE(committer.commit(batch));
    sink.digest(batch);
    const auto completed = sink.write(batch);
    ASSERT_TRUE(completed);
    for (std::size_t i = 0; i < *completed; ++i) ASSERT_TRUE(sink.publish());
  }

  test::TemporaryDirectory directory_;
  ConvertOptions options_;
  engine::Budget budget_{64 << 20};
  std::vector<std::unique_ptr<ConvertBatch>> batches_;
};

TEST_F(Committing, NumbersAndCountsLinesAcrossBatches) {
  Committer committer(options_, {"a.jsonl"});
  ShardSink sink(committer);
  const std::string first = example("one") + "\n" + broken, second = example("two") + broken;
  commit(committer, sink, batch_of(first));
  commit(committer, sink, batch_of(second, first.size()));
  ASSERT_TRUE(committer.finish());
  const RunReport report = committer.take_report();
  EXPECT_EQ(report.counts.lines, 5u);
  EXPECT_EQ(report.counts.blank, 1u);
  EXPECT_EQ(report.counts.written, 2u);
  EXPECT_EQ(report.counts.rejected, 2u);
  EXPECT_EQ(report.inputs[0].lines, 5u);
  EXPECT_EQ(report.input_bytes, first.size() + second.size());
  EXPECT_EQ(report.rejects[static_cast<std::size_t>(FaultCode::invalid_json)], 2u);
  const auto& places = report.first_rejects.at(FaultCode::invalid_json);
  ASSERT_EQ(places.size(), 2u);
  EXPECT_EQ(places[0].line, 3u);
  EXPECT_EQ(places[1].line, 5u);
}

TEST_F(Committing, RecordsARejectedLineWithItsPlaceAndText) {
  Committer committer(options_, {"a.jsonl"});
  ShardSink sink(committer);
  commit(committer, sink, batch_of(example("one") + broken));
  ASSERT_TRUE(committer.finish());
  const std::string record = test::text_of(directory_.path() / output::rejected_name);
  EXPECT_EQ(std::count(record.begin(), record.end(), '\n'), 1);
  for (const std::string& part :
       {std::string("\"a.jsonl\""), std::string("\"line\":2"), "\"byte\":" + std::to_string(example("one").size()),
        std::string("\"invalid_json\""), std::string(R"("{\"messages\":")")})
    EXPECT_NE(record.find(part), std::string::npos) << part << " is missing in " << record;
}

TEST_F(Committing, ClosesAShardWhereTheNextExampleWouldPassItsLimit) {
  const std::string line = example("one");
  options_.limits.max_shard_bytes = 2 * line.size();
  Committer committer(options_, {"a.jsonl"});
  ShardSink sink(committer);
  ConvertBatch& batch = batch_of(line + line + line);
  commit(committer, sink, batch);
  ASSERT_EQ(batch.segments.size(), 2u);
  EXPECT_EQ(batch.segments[1].offset, 0u);
  ASSERT_EQ(committer.finished_shards().size(), 1u);
  commit(committer, sink, batch_of(line + line, 3 * line.size()));
  ASSERT_TRUE(committer.finish());
  const RunReport report = committer.take_report();
  ASSERT_EQ(report.shards.size(), 3u);
  const std::size_t examples[] = {2, 2, 1};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(report.shards[i].examples, examples[i]);
    EXPECT_EQ(report.shards[i].bytes, examples[i] * line.size());
    std::string expected;
    for (std::size_t j = 0; j < examples[i]; ++j) expected += line;
    EXPECT_EQ(test::text_of(directory_.path() / ("train-0000" + std::to_string(i) + ".jsonl")), expected);
  }
}

TEST_F(Committing, WritesUnchangedNeighborsAsOnePiece) {
  Committer committer(options_, {"a.jsonl"});
  ConvertBatch& batch = batch_of(example("one") + example("two") + broken + example("three"));
  ASSERT_TRUE(committer.commit(batch));
  ASSERT_EQ(batch.segments.size(), 1u);
  ASSERT_EQ(batch.pieces.size(), 2u);
  EXPECT_EQ(batch.pieces[0].iov_len, example("one").size() + example("two").size());
  EXPECT_EQ(batch.pieces[1].iov_len, example("three").size());
}

// Lines of many kinds, in blocks of many lines; expected is what one line after the other gives.
TEST_F(Committing, CountsAndWritesLinesTogetherAsItDoesOneByOne) {
  const std::string by_url =
      R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.org/1.png"}},)"
      R"({"type":"image_url","image_url":{"url":"https://example.org/2.png"}}]},{"role":"assistant","content":"yes"}]})"
      "\n";
  const std::string preference =
      R"({"input":{"messages":[{"role":"user","content":"a"}]},"preferred_output":[{"role":"assistant","content":"b"}],)"
      R"("non_preferred_output":[{"role":"assistant","content":"c"}]})"
      "\n";
  std::string with_carriage_return = example("two");
  with_carriage_return.insert(with_carriage_return.size() - 1, "\r");
  const std::string developer =
      R"({"messages":[{"role":"developer","content":"be kind"},{"role":"user","content":"a"},)"
      R"({"role":"assistant","content":"b"}]})"
      "\n";
  const std::vector<std::string> kinds = {example("one"), by_url,     with_carriage_return,
                                          broken,         "\n",       developer,
                                          example("ab"),  preference, "\xEF\xBB\xBF" + example("three")};
  test::SeededRandom random(1);
  std::size_t runs = 0;
  for (int round = 0; round < 60; ++round) {
    options_.limits.max_shard_bytes = random.one_in(3) ? 1 << 20 : random.between(1'000, 5'000);
    options_.limits.max_image_examples = random.one_in(3) ? 50'000 : random.between(1, 6);
    std::vector<std::string> blocks(random.between(1, 4));
    for (std::string& block : blocks)
      for (std::uint64_t lines = random.between(1, 40); lines > 0; --lines)
        block += kinds[random.one_in(2) ? random.below(2) : random.below(kinds.size())];
    RunReport reports[2];
    std::vector<std::string> shards[2];
    for (const bool together : {false, true}) {
      test::TemporaryDirectory directory;
      std::filesystem::create_directory(directory.path() / output::work_directory_name);
      options_.output.directory = directory.path().native();
      Committer committer(options_, {"a.jsonl"});
      ShardSink sink(committer);
      std::uint64_t offset = 0;
      for (const std::string& block : blocks) {
        ConvertBatch& batch = batch_of(block, offset);
        offset += block.size();
        if (together)
          runs += batch.untouched.size();
        else
          batch.untouched.clear();
        commit(committer, sink, batch);
      }
      ASSERT_TRUE(committer.finish());
      reports[together] = committer.take_report();
      for (const ShardInfo& shard : reports[together].shards)
        shards[together].push_back(test::text_of(directory.path() / shard.path));
      batches_.clear();
    }
    EXPECT_EQ(shards[1], shards[0]);
    EXPECT_EQ(output::manifest_json(options_, reports[1]), output::manifest_json(options_, reports[0]));
  }
  EXPECT_GT(runs, 100u);
}

TEST_F(Committing, EndsALineWithANewlineOnly) {
  Committer committer(options_, {"a.jsonl"});
  ShardSink sink(committer);
  std::string line = example("one");
  line.insert(line.size() - 1, "\r");
  commit(committer, sink, batch_of(line));
  ASSERT_TRUE(committer.finish());
  EXPECT_EQ(test::text_of(directory_.path() / "train-00000.jsonl"), example("one"));
}

TEST_F(Committing, LeavesOutAnExampleThatWasWrittenBefore) {
  options_.line.duplicates = Duplicates::drop;
  Committer committer(options_, {"a.jsonl"});
  committer.drop_duplicates(budget_);
  ShardSink sink(committer);
  commit(committer, sink, batch_of(example("one") + example("two")));
  commit(committer, sink, batch_of(example("two") + example("one") + example("three")));
  ASSERT_TRUE(committer.finish());
  EXPECT_EQ(committer.report().counts.duplicates, 2u);
  EXPECT_EQ(test::text_of(directory_.path() / "train-00000.jsonl"), example("one") + example("two") + example("three"));
}

TEST_F(Committing, CreatesNoFileWhereNothingIsWritten) {
  Committer committer(options_, {"a.jsonl"});
  ShardSink sink(committer);
  commit(committer, sink, batch_of("\n \n"));
  ASSERT_TRUE(committer.finish());
  EXPECT_EQ(committer.report().counts.blank, 2u);
  EXPECT_TRUE(test::files_beneath(directory_.path()).empty());
}

TEST_F(Committing, RefusesALineWithoutAnOutcome) {
  Committer committer(options_, {"a.jsonl"});
  ConvertBatch& batch = batch_of(example("one"));
  batch.records[0].state = line::LineState::undecided;
  const auto committed = committer.commit(batch);
  ASSERT_FALSE(committed);
  EXPECT_NE(committed.error().message.find("report this defect"), std::string::npos);
}

}  // namespace
}  // namespace visionshard::conversion
