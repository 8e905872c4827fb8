#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "../../support/temporary_directory.h"
#include "engine/reading.h"

namespace visionshard::engine {
namespace {

enum class Point { nowhere, parse, convert, assemble, commit, publish };

class CountedLines : public Batch {
 public:
  std::uint64_t lines = 0;
};

class NoScratch final : public Scratch {
  void trim(std::size_t) override {}
};

// Lines without meaning; each batch has one image to convert.
class CountingProcessor : public BatchProcessor {
 public:
  explicit CountingProcessor(Budget& budget) : budget_(budget) {}

  std::unique_ptr<Batch> make_batch() const override { return std::make_unique<CountedLines>(); }
  std::unique_ptr<Scratch> make_scratch() const override { return std::make_unique<NoScratch>(); }
  RunResult<void> parse(Batch& batch, Scratch&) const override {
    const std::string_view text = as_text({batch.text.block.data(), batch.text.end});
    static_cast<CountedLines&>(batch).lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    batch.pending.push_back({{.hash = {batch.text.offset, 0}}, 1});
    return {};
  }
  RunResult<SharedResult> convert(ImageWork) const override {
    return std::make_shared<const ConversionResult>(0, budget_);
  }
  void apply(ImageWork, const SharedResult&) const override {}
  void assemble(Batch&) const override {}
  RunResult<void> commit(Batch& batch) override {
    lines += static_cast<CountedLines&>(batch).lines;
    return {};
  }

  std::uint64_t lines = 0;

 private:
  Budget& budget_;
};

// Each batch completes a file. A stage may throw, or lose a batch.
class FaultyProcessor final : public CountingProcessor, private Sink {
 public:
  FaultyProcessor(Budget& budget, Point throws, bool loses)
      : CountingProcessor(budget), throws_(throws), loses_(loses) {}

  RunResult<void> parse(Batch& batch, Scratch& scratch) const override {
    reach(Point::parse);
    auto parsed = CountingProcessor::parse(batch, scratch);
    // The nodes that keep order wait for this number for ever, as they would for a message that never came.
    if (loses_ && batch.sequence == lost_sequence) batch.sequence += 1'000'000;
    return parsed;
  }
  RunResult<SharedResult> convert(ImageWork work) const override {
    reach(Point::convert);
    return CountingProcessor::convert(work);
  }
  void assemble(Batch&) const override { reach(Point::assemble); }
  RunResult<void> commit(Batch& batch) override {
    reach(Point::commit);
    return CountingProcessor::commit(batch);
  }
  Sink* sink() noexcept override { return this; }

  static constexpr std::uint64_t lost_sequence = 7;

 private:
  void digest(const Batch&) override {}
  RunResult<std::size_t> write(Batch&) override { return 1; }
  RunResult<void> publish() override {
    reach(Point::publish);
    return {};
  }
  void reach(Point point) const {
    if (point == throws_ && ++reached_ == 5) throw std::runtime_error("thrown by a stage");
  }

  Point throws_;
  mutable std::atomic<int> reached_{0};
  bool loses_;
};

class FaultsOfStages : public testing::Test {
 protected:
  static constexpr std::size_t lines = 20'000;

  FaultsOfStages() : input_(directory_.write("a.jsonl", text())) {}

  static std::string text() {
    std::string out;
    for (std::size_t i = 0; i < lines; ++i) out += "a line of no meaning, number " + std::to_string(i) + "\n";
    return out;
  }

  // The fault's message, and the lines committed.
  std::pair<std::string, std::uint64_t> outcome(Point throws, bool loses, unsigned threads) {
    const std::atomic<bool> stop{false};
    RunState state(stop);
    Budget budget(4 << 20);
    ConversionCache cache(budget);
    input::BlockReader reader({input_}, 16 << 10, 1 << 20);
    FaultyProcessor processor(budget, throws, loses);
    if (threads == 1)
      run_loop({reader, budget, cache, processor, state});
    else
      run_graph({reader, budget, cache, processor, state}, threads);
    return {state.fault() ? state.fault()->message : "", processor.lines};
  }

  test::TemporaryDirectory directory_;
  std::string input_;
};

TEST_F(FaultsOfStages, NothingIsLostWithoutOne) {
  for (const unsigned threads : {1u, 2u, 4u})
    EXPECT_EQ(outcome(Point::nowhere, false, threads), std::pair(std::string(), std::uint64_t{lines}));
}

TEST_F(FaultsOfStages, AnExceptionOutOfAnyStageEndsTheRunWithItsReason) {
  for (const Point point : {Point::parse, Point::convert, Point::assemble, Point::commit, Point::publish})
    for (const unsigned threads : {1u, 2u, 4u}) {
      const auto [message, committed] = outcome(point, false, threads);
      EXPECT_NE(message.find("thrown by a stage"), std::string::npos) << static_cast<int>(point) << ": " << message;
    }
}

TEST_F(FaultsOfStages, ASchedulerThatLosesAMessageIsFoundOut) {
  for (const unsigned threads : {2u, 4u}) {
    const auto [message, committed] = outcome(Point::nowhere, true, threads);
    EXPECT_LT(committed, lines);
    EXPECT_NE(message.find("lost"), std::string::npos) << message;
  }
}

// Every third batch has the same image, which takes more memory than the budget has, as its conversion finds out. The
// others' images are all different and small.
class GrowingProcessor final : public CountingProcessor {
 public:
  explicit GrowingProcessor(Budget& budget) : CountingProcessor(budget), budget_(budget) {}

  RunResult<void> parse(Batch& batch, Scratch& scratch) const override {
    auto parsed = CountingProcessor::parse(batch, scratch);
    PendingImage& image = batch.pending.front();
    ++images;
    if (batch.text.offset / block_bytes % 3 != 0) return parsed;
    image.key.hash = {0, 1};
    image.max_need_bytes = 2 * budget_.bytes();
    return parsed;
  }
  RunResult<SharedResult> convert(ImageWork work) const override {
    const unsigned others = at_work_++;
    if (work.has_max && others > 0) was_alone = false;
    auto result = work.can_grow() ? SharedResult() : *CountingProcessor::convert(work);
    ++(work.has_max ? with_max : work.can_grow() ? grown : plain);
    --at_work_;
    return result;
  }
  void apply(ImageWork, const SharedResult& result) const override { applied += result != nullptr ? 1 : 0; }

  static constexpr std::size_t block_bytes = 4 << 10;

  mutable std::atomic<unsigned> images{0}, grown{0}, with_max{0}, plain{0}, applied{0};
  mutable std::atomic<bool> was_alone{true};

 private:
  Budget& budget_;
  mutable std::atomic<unsigned> at_work_{0};
};

// An image of an older batch may wait for the result of an equal one in a younger batch, which waits for memory.
TEST_F(FaultsOfStages, AnImageThatTakesMoreMemoryIsConvertedAlone) {
  for (const unsigned threads : {1u, 2u, 4u})
    for (int round = 0; round < 5; ++round) {
      const std::atomic<bool> stop{false};
      RunState state(stop);
      Budget budget(4 << 20);
      ConversionCache cache(budget);
      input::BlockReader reader({input_}, GrowingProcessor::block_bytes, 1 << 20);
      GrowingProcessor processor(budget);
      run({reader, budget, cache, processor, state}, threads);
      EXPECT_FALSE(state.fault());
      EXPECT_EQ(processor.lines, lines);
      EXPECT_TRUE(processor.was_alone) << threads << " threads";
      EXPECT_GE(processor.grown, 1u);
      EXPECT_EQ(processor.grown, processor.with_max);
      EXPECT_GT(processor.plain, 50u);
      EXPECT_EQ(processor.applied, processor.images);
    }
}

// Notes how many older images have not begun when one begins.
class OrderedProcessor final : public CountingProcessor {
 public:
  using CountingProcessor::CountingProcessor;

  RunResult<SharedResult> convert(ImageWork work) const override {
    const std::uint64_t begun = begun_++;
    const std::uint64_t older = work.batch->sequence;
    most_passed = std::max(most_passed.load(), older > begun ? older - begun : 0);
    std::this_thread::sleep_for(std::chrono::microseconds(100));
    return CountingProcessor::convert(work);
  }

  mutable std::atomic<std::uint64_t> most_passed{0};

 private:
  mutable std::atomic<std::uint64_t> begun_{0};
};

TEST_F(FaultsOfStages, ImagesAreConvertedInInputOrder) {
  for (const unsigned threads : {2u, 4u}) {
    const std::atomic<bool> stop{false};
    RunState state(stop);
    Budget budget(256 << 20);
    ConversionCache cache(budget);
    input::BlockReader reader({input_}, 4 << 10, 1 << 20);
    OrderedProcessor processor(budget);
    run_graph({reader, budget, cache, processor, state}, threads);
    EXPECT_EQ(processor.lines, lines);
    // Each other thread may have taken an older image and not begun with it.
    EXPECT_LT(processor.most_passed, threads);
  }
}

// The first image takes until so many others are converted, which wait for it to begin.
class HoldingProcessor final : public CountingProcessor {
 public:
  HoldingProcessor(Budget& budget, std::uint64_t others) : CountingProcessor(budget), others_(others) {}

  RunResult<SharedResult> convert(ImageWork work) const override {
    std::unique_lock lock(mutex_);
    if (work.batch->text.offset > 0) {
      changed_.wait_for(lock, std::chrono::seconds(20), [&] { return begun_; });
      ++converted_;
      changed_.notify_all();
    } else {
      begun_ = true;
      changed_.notify_all();
      in_time_ = changed_.wait_for(lock, std::chrono::seconds(20), [&] { return converted_ >= others_; });
    }
    return CountingProcessor::convert(work);
  }

  bool in_time() const { return in_time_; }

 private:
  std::uint64_t others_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::uint64_t converted_ = 0;
  mutable bool begun_ = false, in_time_ = false;
};

// While one image holds the order, the other threads work on what is after it, as far as memory goes. A thread that
// nobody woke would leave most of it.
TEST(ReadingAhead, GoesOnWhileOneImageTakesLong) {
  const test::TemporaryDirectory directory;
  std::string text;
  for (std::size_t i = 0; i < 100'000; ++i) text += "a line of no meaning, number " + std::to_string(i) + "\n";
  const std::string input = directory.write("a.jsonl", text);
  constexpr std::size_t block_bytes = 16 << 10;
  const std::size_t others = text.size() / block_bytes * 9 / 10;
  for (const unsigned threads : {2u, 4u}) {
    const std::atomic<bool> stop{false};
    StageTrace trace;
    RunState state(stop, &trace);
    Budget budget(256 << 20);
    ConversionCache cache(budget);
    input::BlockReader reader({input}, block_bytes, 1 << 20);
    HoldingProcessor processor(budget, others);
    run_graph({reader, budget, cache, processor, state}, threads);
    EXPECT_FALSE(state.fault());
    EXPECT_TRUE(processor.in_time()) << threads << " threads";
    const auto meanwhile = [&](const StageTrace::Span& during, Stage stage) {
      return std::ranges::count_if(trace.spans(), [&](const StageTrace::Span& span) {
        return span.stage == stage && span.thread != during.thread && span.begin >= during.begin &&
               span.end <= during.end;
      });
    };
    // Not the longest: on a busy machine another conversion may wait for the held one to begin.
    const StageTrace::Span held = std::ranges::max(trace.spans(), {}, [&](const StageTrace::Span& span) {
      return span.stage == Stage::convert ? meanwhile(span, Stage::convert) : -1;
    });
    for (const Stage stage : {Stage::read, Stage::parse, Stage::convert, Stage::assemble}) {
      EXPECT_GE(static_cast<std::size_t>(meanwhile(held, stage)) + 20, others)
          << stage_names[static_cast<std::size_t>(stage)] << ", " << threads << " threads";
    }
    // What was committed meanwhile would be out of order.
    for (const StageTrace::Span& span : trace.spans())
      EXPECT_FALSE(span.stage == Stage::commit && span.end <= held.end);
  }
}

}  // namespace
}  // namespace visionshard::engine
