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
    batch.text.end = batch.text.filled = text_bytes;
    batch.text.block.reserve(text_bytes);
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
  TestedWindow tested(8, 4 * mib);  // 3 MiB of them for text
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

// Blocks of 2 MiB are used in turn, and then all are free.
void leave_blocks(TestedWindow& tested, int count) {
  std::vector<Batch*> batches;
  for (int i = 0; i < count; ++i) {
    Batch& batch = tested.window.free_batch();
    batch.text.block.reserve(2 * mib);
    batches.push_back(&tested.enter());
    charge_kept_memory(batch, tested.budget);
  }
  for (Batch* const batch : batches) tested.window.leave(*batch, 0);
}

TEST(Window, KeepsForFreeBatchesWhatTextMayTake) {
  TestedWindow tested(1, 80 * mib);
  leave_blocks(tested, 24);
  EXPECT_EQ(tested.budget.idle_bytes(), 48 * mib);
  EXPECT_EQ(tested.budget.left_for_text(), 60 * mib);
  leave_blocks(tested, 32);
  EXPECT_EQ(tested.budget.idle_bytes(), 60 * mib);
}

TEST(Window, GivesIdleMemoryToImagesAndText) {
  TestedWindow tested(1, 100 * mib);
  leave_blocks(tested, 25);
  EXPECT_EQ(tested.budget.excess_bytes(53 * mib), 3 * mib);
  EXPECT_TRUE(tested.window.free_idle(3 * mib, nullptr));
  EXPECT_EQ(tested.budget.idle_bytes(), 46 * mib);  // two blocks of 2 MiB less
  EXPECT_TRUE(tested.budget.fits_image(53 * mib));
  tested.budget.reserve_image(53 * mib);
  tested.enter(mib);
  EXPECT_LE(tested.budget.idle_bytes(), 43 * mib);
  EXPECT_EQ(tested.budget.excess_bytes(), 0u);
  EXPECT_TRUE(tested.window.free_idle(100 * mib, nullptr));
  EXPECT_EQ(tested.budget.idle_bytes(), 0u);
  EXPECT_FALSE(tested.window.free_idle(100 * mib, nullptr));
}

TEST(Window, LetsAShortTextKeepNoLongBlock) {
  TestedWindow tested(2, 1024 * mib);
  tested.window.leave(tested.enter(28 * mib), 0);
  ASSERT_EQ(tested.window.free_batch().text.block.capacity(), 28 * mib);
  EXPECT_EQ(tested.enter(mib).text.block.capacity(), 2 * mib);
}

}  // namespace
}  // namespace visionshard::engine
