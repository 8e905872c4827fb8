#include "pipeline/graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <stdexcept>
#include <string>

#include "../../support/temporary_directory.h"

namespace visionshard::pipeline {
namespace {

enum class Point { nowhere, inspect, convert, assemble, commit, publish };

// Lines without meaning; each batch has one image to convert, each commit closes a shard.
class FaultyJob final : public Job {
 public:
  FaultyJob(Budget& budget, Point throws, bool loses) : budget_(budget), throws_(throws), loses_(loses) {}

  void inspect(Batch& batch, Scratch&) const override {
    reach(Point::inspect);
    const std::string_view text = as_text({batch.text.block.data(), batch.text.end});
    batch.lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    batch.records.emplace_back();
    ImageSlot& slot = batch.slots.emplace_back();
    slot.value = {0, 2};
    slot.need_bytes = 1;
    slot.key = {};
    std::memcpy(slot.key.data(), &batch.text.offset, sizeof batch.text.offset);
    batch.pending.push_back(0);
    batch.pending_line.push_back(0);
    // The nodes that keep order wait for this number for ever, as they would for a message that never came.
    if (loses_ && batch.sequence == lost_sequence) batch.sequence += 1'000'000;
  }
  SharedConversion convert_image(ImageWork) const override {
    reach(Point::convert);
    return shared_conversion(ConvertedImage(), budget_);
  }
  void assemble(Batch&) const override { reach(Point::assemble); }
  RunResult<void> commit(Batch& batch) override {
    reach(Point::commit);
    lines += batch.lines;
    auto shard = shard::ShardFile::create("", "none", shards_++, Durability::none);
    batch.closed.push_back(*shard);
    return {};
  }
  RunResult<void> publish(shard::ShardFile&) override {
    reach(Point::publish);
    return {};
  }
  bool keeps_bytes() const noexcept override { return false; }

  static constexpr std::uint64_t lost_sequence = 7;
  std::uint64_t lines = 0;

 private:
  void reach(Point point) const {
    if (point == throws_ && ++reached_ == 5) throw std::runtime_error("thrown by a stage");
  }

  Budget& budget_;
  Point throws_;
  mutable std::atomic<int> reached_{0};
  bool loses_;
  std::uint64_t shards_ = 0;
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
    FaultyJob job(budget, throws, loses);
    if (threads == 1)
      run_loop({reader, budget, cache, job, state});
    else
      run_graph({reader, budget, cache, job, state}, threads);
    return {state.fault() ? state.fault()->message : "", job.lines};
  }

  test::TemporaryDirectory directory_;
  std::string input_;
};

TEST_F(FaultsOfStages, NothingIsLostWithoutOne) {
  for (const unsigned threads : {1u, 2u, 4u})
    EXPECT_EQ(outcome(Point::nowhere, false, threads), std::pair(std::string(), std::uint64_t{lines}));
}

TEST_F(FaultsOfStages, AnExceptionOutOfAnyStageEndsTheRunWithItsReason) {
  for (const Point point : {Point::inspect, Point::convert, Point::assemble, Point::commit, Point::publish})
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

}  // namespace
}  // namespace visionshard::pipeline
