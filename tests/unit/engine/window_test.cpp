#include "engine/window.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace visionshard::engine {
namespace {

constexpr std::size_t mib = 1 << 20;

class IdleProcessor final : public BatchProcessor {
 public:
  std::unique_ptr<Batch> make_batch() const override { return std::make_unique<Batch>(); }
  std::unique_ptr<Scratch> make_scratch() const override { return nullptr; }
  RunResult<void> parse(Batch&, Scratch&) const override { return {}; }
  RunResult<SharedResult> convert(ImageWork) const override { return SharedResult(); }
  void apply(ImageWork, const SharedResult&) const override {}
  void assemble(Batch&) const override {}
  RunResult<void> commit(Batch&) override { return {}; }
};

// A window for blocks of 64 KiB.
struct TestedWindow {
  TestedWindow(unsigned threads, std::uint64_t limit_bytes)
      : budget(limit_bytes), cache(budget), window({reader, budget, cache, processor, state}, threads) {}

  // A block with so much text is read.
  Batch& enter(std::size_t text_bytes = 0) {
    Batch& batch = window.free_batch();
    batch.text.end = text_bytes;
    window.enter(batch);
    return batch;
  }

  const std::atomic<bool> stop{false};
  RunState state{stop};
  Budget budget;
  ConversionCache cache;
  IdleProcessor processor;
  input::BlockReader reader{{}, 64 << 10, mib};
  Window window;
};

TEST(Window, HoldsThreeBatchesForEachThread) {
  TestedWindow tested(2, 64 * mib);
  Batch& oldest = tested.enter();
  for (int i = 1; i < 5; ++i) tested.enter();
  EXPECT_TRUE(tested.window.has_room());
  tested.enter();
  EXPECT_FALSE(tested.window.has_room());
  tested.window.parsed(0, false);
  EXPECT_FALSE(tested.window.has_room());  // parsed, but not yet written
  tested.window.leave(oldest, 0);
  EXPECT_TRUE(tested.window.has_room());
}

TEST(Window, HoldsOneMoreThanThreadsOfLongLines) {
  TestedWindow tested(2, 1024 * mib);
  for (int i = 0; i < 2; ++i) tested.enter(20 * mib);
  EXPECT_TRUE(tested.window.has_room());
  Batch& last = tested.enter(20 * mib);
  EXPECT_FALSE(tested.window.has_room());
  for (std::uint64_t i = 0; i < 3; ++i) tested.window.parsed(i, true);
  EXPECT_FALSE(tested.window.has_room());
  tested.window.converted(last.sequence);
  EXPECT_TRUE(tested.window.has_room());
}

TEST(Window, ReadsOnPastBatchesThatHadToWaitForTheImagesOfAnOlderOne) {
  TestedWindow tested(1, 64 * mib);
  for (int i = 0; i < 3; ++i) tested.enter();
  tested.window.parsed(0, true);
  tested.window.parsed(1, true);
  EXPECT_FALSE(tested.window.has_room());
  tested.window.converted(1);  // it waits for batch 0, and no thread works on it
  EXPECT_TRUE(tested.window.has_room());
  tested.window.converted(0);  // while both are written, other threads need work
  EXPECT_TRUE(tested.window.has_room());
  tested.enter();
  EXPECT_FALSE(tested.window.has_room());
  tested.window.parsed(2, false);  // no older one has images: it is written at once, and counts until then
  EXPECT_FALSE(tested.window.has_room());
}

TEST(Window, ReadsNothingMoreWhenTheTextHasItsShareOfTheMemory) {
  TestedWindow tested(8, 6 * mib);  // 3 MiB of them for text
  Batch& first = tested.enter(mib);
  EXPECT_TRUE(tested.window.has_room());
  Batch& second = tested.enter(mib);  // each has 2 MiB reserved until it is parsed
  EXPECT_FALSE(tested.window.has_room());
  EXPECT_EQ(tested.window.room_bytes(), 0u);
  charge_kept_memory(first, tested.budget);
  second.kept_bytes = mib / 2;
  charge_kept_memory(second, tested.budget);
  EXPECT_TRUE(tested.window.has_room());
  EXPECT_EQ(tested.budget.left_for_text(), mib / 2);
  // A block of text takes twice its size until it is parsed.
  EXPECT_EQ(tested.window.room_bytes(), mib / 4);
  tested.window.leave(first, 0);
  tested.window.leave(second, 0);
  EXPECT_EQ(tested.budget.left_for_text(), 3 * mib);
}

TEST(Window, GivesALineWhateverItNeedsWhenNothingElseIsInFlight) {
  TestedWindow tested(2, 8 * mib);
  EXPECT_EQ(tested.window.room_bytes(), UINT64_MAX);
  tested.enter(100 * mib);
  EXPECT_EQ(tested.window.room_bytes(), 0u);
}

TEST(Window, WaitsForFilesToGetTheirFinalNames) {
  TestedWindow tested(1, 64 * mib);
  tested.window.leave(tested.enter(), 1);
  EXPECT_TRUE(tested.window.has_room());
  tested.window.leave(tested.enter(), 1);  // two files wait: one for the thread and one more
  EXPECT_FALSE(tested.window.has_room());
  tested.window.file_published();
  EXPECT_TRUE(tested.window.has_room());
}

TEST(Window, ReadsNothingMoreWhenNoBatchIsFree) {
  TestedWindow tested(8, mib);  // two batches more than threads, fewer than three for each
  for (int i = 0; i < 9; ++i) tested.enter();
  EXPECT_TRUE(tested.window.has_room());
  tested.enter();
  EXPECT_FALSE(tested.window.has_room());
}

TEST(Window, NumbersBatchesInTheirOrderAndReusesTheOneThatLeftLast) {
  TestedWindow tested(2, 64 * mib);
  Batch& first = tested.enter();
  Batch& second = tested.enter();
  EXPECT_EQ(first.sequence, 0u);
  EXPECT_EQ(second.sequence, 1u);
  first.pending.push_back({});
  tested.window.leave(first, 0);
  EXPECT_EQ(tested.window.in_flight(), 1u);
  EXPECT_EQ(&tested.window.free_batch(), &first);
  EXPECT_TRUE(first.pending.empty());
  EXPECT_EQ(tested.enter().sequence, 2u);
  EXPECT_EQ(tested.window.in_flight(), 2u);
  EXPECT_EQ(tested.window.entered(), 3u);
  tested.window.parsed(2, false);  // the states of those still in flight are found by their numbers
  tested.window.leave(second, 0);
  tested.window.leave(first, 0);
  EXPECT_EQ(tested.window.in_flight(), 0u);
}

TEST(Window, ForgetsWhatManyFreeBatchesKept) {
  TestedWindow tested(1, 64 * mib);  // of which free batches may keep 8
  std::vector<Batch*> batches;
  for (int i = 0; i < 12; ++i) {
    batches.push_back(&tested.enter());
    batches.back()->text.block.reserve(mib);
  }
  for (Batch* const batch : batches) tested.window.leave(*batch, 0);
  std::size_t kept = 0;
  for (int i = 0; i < 12; ++i) kept += tested.enter().text.block.capacity();
  EXPECT_LE(kept, 8 * mib);
  EXPECT_GE(kept, 7 * mib);
}

}  // namespace
}  // namespace visionshard::engine
