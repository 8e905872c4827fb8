#include "engine/reading.h"

#include <fmt/format.h>

namespace visionshard::pipeline {
namespace {

// A line's record and its fault, with their texts.
constexpr std::uint64_t record_bytes = 300;

// Blocks that a long line has blown up are cut back before they are filled again.
constexpr std::size_t keep_block_bytes = 2 << 20;

}  // namespace

Reading::Reading(const Stages& stages, unsigned threads)
    : s_(stages), max_busy_(3 * threads), max_unpublished_(threads + 1) {}

std::optional<AdmitMessage> Reading::note(Freed freed) {
  Batch& batch = *freed.batch;
  const bool was_written = batch.block_cost > 0;  // not new
  if (was_written) {
    window_.leave();
    unpublished_ += freed.shards_closed;
    s_.budget.give_text(std::exchange(batch.block_cost, 0));
    batch.reset();
  }
  free_.push_back(&batch);
  return was_written ? std::optional<AdmitMessage>(Written{}) : std::nullopt;
}

std::optional<AdmitMessage> Reading::note(Inspected inspected) {
  window_.inspected(inspected.sequence, inspected.has_images);
  return Room{};
}

std::optional<AdmitMessage> Reading::note(Converted converted) {
  window_.converted(converted.sequence);
  return std::nullopt;
}

std::optional<AdmitMessage> Reading::note(Published) {
  --unpublished_;
  return std::nullopt;
}

// A batch that could be filled, or nullptr: then a message will come that changes what was missing, or all is read.
Batch* Reading::next() {
  if (free_.empty() || ended_ || s_.state.stopping() || window_.busy() >= max_busy_ || unpublished_ >= max_unpublished_)
    return nullptr;
  // The one given back last is the likeliest to be in cache; one that holds the beginning of a line goes first.
  Batch* const batch = begun_ != nullptr ? begun_ : free_.back();
  bool filled = false;
  s_.state.run(Stage::read, [&] { filled = fill(*batch); });
  if (!filled) return nullptr;
  free_.erase(std::find(free_.rbegin(), free_.rend(), batch).base() - 1);
  window_.enter();
  return batch;
}

bool Reading::fill(Batch& batch) {
  // Alone, a line gets whatever it takes: it runs when nothing else is in flight.
  const std::uint64_t left = s_.budget.left_for_text();
  const bool alone = window_.size() == 0;
  if (!alone && left == 0) return false;
  if (begun_ == nullptr) batch.text.block.shrink(keep_block_bytes);
  auto next = s_.reader.next(batch.text, alone ? SIZE_MAX : left / 2);
  if (!next) {
    s_.state.fail(std::move(next.error()));
    return false;
  }
  begun_ = *next == input::Next::need_memory ? &batch : nullptr;
  ended_ = *next == input::Next::end;
  if (*next != input::Next::block) return false;
  batch.sequence = sequence_++;
  batch.block_cost = std::max<std::uint64_t>(cost_of_text(batch.text.end), 1);
  s_.budget.take_text(batch.block_cost);
  return true;
}

void Reading::check_nothing_was_lost() {
  if (window_.size() == 0 && (ended_ || s_.state.stopping())) return;
  s_.state.fail({fmt::format("{} of {} blocks of lines were lost on their way; please report this defect",
                             window_.size(), sequence_)});
}

void charge_what_is_kept(Batch& batch, Budget& budget) noexcept {
  const std::uint64_t kept_bytes = std::max<std::size_t>(batch.text.end, 1) + batch.records.size() * record_bytes;
  budget.take_text(kept_bytes);
  budget.give_text(std::exchange(batch.block_cost, kept_bytes));
}

}  // namespace visionshard::pipeline
