// The stages without the scheduler: plain threads share what a run's threads share. The thread sanitizer sees all of
// it, which it does not of oneTBB.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../../support/corpus.h"
#include "../../support/temporary_directory.h"
#include "example/splice.h"
#include "line/image_task.h"
#include "line/line_task.h"

namespace visionshard::pipeline {
namespace {

class Stages : public testing::Test {
 protected:
  // Each line's reason or what is written of it, as so many threads make it.
  std::vector<std::string> outcomes(const std::string& path, unsigned threads) {
    Budget budget(64 << 20);
    ConversionCache cache(budget);
    LineContext context;
    context.limits.max_image_bytes = 4'000;
    context.budget = &budget;
    context.cache = &cache;
    std::vector<std::unique_ptr<Batch>> batches;
    input::BlockReader reader({path}, 16 << 10, 1 << 20);
    for (;;) {
      auto batch = std::make_unique<Batch>();
      if (*reader.next(batch->text, SIZE_MAX) == input::Next::end) break;
      batches.push_back(std::move(batch));
    }
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      Scratch scratch;
      for (std::size_t i = next++; i < batches.size(); i = next++) take(*batches[i], context, scratch);
    };
    {
      std::vector<std::jthread> others;
      for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
      work();
    }
    std::vector<std::string> all;
    for (const auto& batch : batches)
      for (const LineRecord& record : batch->records) all.push_back(outcome(*batch, record));
    return all;
  }

 private:
  static void take(Batch& batch, const LineContext& context, Scratch& scratch) {
    inspect(batch, context, scratch);
    const std::size_t images = batch.pending.size();
    // One more than there are images: held by this thread until it has claimed them all.
    batch.unfinished = static_cast<std::uint32_t>(images + 1);
    for (std::size_t i = 0; i < images; ++i) {
      const ImageWork work{&batch, i};
      const ImageKey key = batch.task(i).key;
      SharedConversion converted;
      const auto claim = context.cache->claim(key, work, converted);
      if (claim == ConversionCache::Claim::awaited) continue;
      std::vector<ImageWork> settled;
      if (claim == ConversionCache::Claim::owned) {
        context.cache->make_room(batch.task(i).need_bytes);
        converted = convert_image(work, context);
        settled = context.cache->publish(key, converted);
      }
      settled.push_back(work);
      for (const ImageWork each : settled) {
        apply_result(each, converted);
        finish(*each.batch, context);
      }
    }
    finish(batch, context);
  }

  static void finish(Batch& batch, const LineContext& context) {
    if (--batch.unfinished == 0) assemble(batch, context);
  }

  static std::string outcome(const Batch& batch, const LineRecord& record) {
    if (record.state == LineState::undecided) return "undecided";
    if (record.state == LineState::rejected) return std::string(name(record.fault->code)) + record.fault->pointer;
    std::vector<iovec> pieces;
    example::append_pieces(batch.line(record), record.edits, pieces);
    std::string text;
    for (const iovec& piece : pieces) text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    return text;
  }
};

TEST_F(Stages, MakeTheSameOfEachLineOnAnyNumberOfThreads) {
  test::TemporaryDirectory directory;
  test::Corpus corpus(11);
  const std::string path = directory.write("a.jsonl", corpus.lines(1'500));
  const std::vector<std::string> expected = outcomes(path, 1);
  ASSERT_GT(expected.size(), 1'000u);
  EXPECT_EQ(std::count(expected.begin(), expected.end(), "undecided"), 0);
  for (const unsigned threads : {2u, 4u, 8u}) EXPECT_EQ(expected, outcomes(path, threads)) << threads << " threads";
}

}  // namespace
}  // namespace visionshard::pipeline
