// Images that must be decoded are admitted strictly in input order, each when the budget has the memory that it needs.
// All memory in use therefore belongs to older batches, which can be written and release it without the image that
// waits: there is no deadlock. An image that needs more than the whole budget runs alone.
#pragma once

#include <deque>
#include <variant>

#include "engine/pipeline.h"

namespace visionshard::engine {

/// Messages to the admission stage: the next batch in order, or, after the fact, what changed.
struct ImageDone {
  std::uint64_t need_bytes;
};
struct BatchWritten {};  // the memory of a batch was released
struct TextReleased {};  // memory for text was released
using AdmitMessage = std::variant<Batch*, ImageDone, BatchWritten, TextReleased>;

/// Not thread-safe: its node is serial.
class Admission {
 public:
  explicit Admission(const Pipeline& pipeline) : budget_(pipeline.budget), cache_(pipeline.cache) {}

  /// Calls emit(image) for each that is admitted.
  template <class Emit>
  void take(const AdmitMessage& message, Emit emit) {
    std::visit([this](const auto& each) { this->handle(each); }, message);
    while (!waiting_.empty()) {
      Batch& head = *waiting_.front();
      while (head.next_pending < head.pending.size()) {
        const std::uint64_t need = head.pending[head.next_pending].need_bytes;
        const bool alone = running_ == 0 && head.sequence == written_;
        if (!cache_.make_room(need) && !alone) return;
        budget_.reserve_image(need);
        ++running_;
        // Another thread may recycle the batch as soon as its last image is emitted.
        const bool last = head.next_pending + 1 == head.pending.size();
        emit(ImageWork{&head, head.next_pending++});
        if (last) break;
      }
      waiting_.pop_front();
    }
  }

 private:
  void handle(Batch* batch) {
    if (!batch->pending.empty()) waiting_.push_back(batch);
  }
  // Only the result remains in memory, and it is charged for itself.
  void handle(ImageDone done) {
    budget_.release_image(done.need_bytes);
    --running_;
  }
  void handle(BatchWritten) { ++written_; }
  void handle(TextReleased) {}

  Budget& budget_;
  ConversionCache& cache_;
  std::deque<Batch*> waiting_;
  std::size_t running_ = 0;
  std::uint64_t written_ = 0;  // batches: also the sequence number of the oldest one in flight
};

}  // namespace visionshard::engine
