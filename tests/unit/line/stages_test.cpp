// The stages without the scheduler: plain threads share what a run's threads share. The thread sanitizer sees all of
// it, which it does not of oneTBB.
#include "line/stages.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../../support/corpus.h"
#include "../../support/temporary_directory.h"
#include "example/splice.h"

namespace visionshard::line {
namespace {

class Stages : public testing::Test {
 protected:
  // Each line's reason or what is written of it, as so many threads make it.
  std::vector<std::string> outcomes(const std::string& path, unsigned threads) {
    engine::Budget budget(64 << 20);
    engine::ConversionCache cache(budget);
    LineContext context;
    context.limits.max_image_bytes = 4'000;
    context.budget = &budget;
    context.cache = &cache;
    std::vector<std::unique_ptr<LineBatch>> batches;
    input::BlockReader reader({path}, 16 << 10, 1 << 20);
    for (;;) {
      auto batch = std::make_unique<LineBatch>();
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
  static void take(LineBatch& batch, const LineContext& context, Scratch& scratch) {
    EXPECT_TRUE(parse_batch(batch, context, scratch));
    const std::size_t images = batch.pending.size();
    // One more than there are images: held by this thread until it has claimed them all.
    batch.unfinished = static_cast<std::uint32_t>(images + 1);
    for (std::size_t i = 0; i < images; ++i) {
      const engine::ImageWork work{&batch, i};
      const engine::PendingImage image = batch.pending[i];
      engine::SharedResult result;
      const auto claim = context.cache->claim(image.key, work, result);
      if (claim == engine::ConversionCache::Claim::awaited) continue;
      std::vector<engine::ImageWork> waited;
      if (claim == engine::ConversionCache::Claim::owned) {
        context.cache->make_room(image.need_bytes);
        result = *convert_image(batch, i, context, true);
        waited = context.cache->publish(image.key, result);
      }
      waited.push_back(work);
      for (const engine::ImageWork each : waited) {
        auto& other = static_cast<LineBatch&>(*each.batch);
        apply_result(other, each.index, result);
        finish(other, context);
      }
    }
    finish(batch, context);
  }

  static void finish(LineBatch& batch, const LineContext& context) {
    if (--batch.unfinished == 0) assemble(batch, context);
  }

  static std::string outcome(const LineBatch& batch, const LineRecord& record) {
    if (record.state == LineState::undecided) return "undecided";
    if (record.state == LineState::rejected) return std::string(name(record.fault->code)) + record.fault->pointer;
    std::vector<iovec> pieces;
    example::append_pieces(batch.text_of(record), record.edits, pieces);
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
}  // namespace visionshard::line
