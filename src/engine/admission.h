// Images that must be decoded are admitted strictly in input order, each when the budget has the memory that it needs.
// All memory in use therefore belongs to older batches, which can be written and release it without the image that
// waits: there is no deadlock. An image that needs more than the whole budget runs alone.
// An image whose conversion turns out to take more memory gives back what it has, and is the next to be admitted, at
// the latest when no other is converted. Nor does this wait for older batches: one may wait for this very image's
// result.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "engine/pipeline.h"

namespace visionshard::engine {

/// Messages to the admission stage: the next batch in order, or, after the fact, what changed.
struct ImageDone {
  std::uint64_t reserved_bytes;
};
struct ImageGrew {  // its conversion takes more memory
  ImageWork work;
};
struct BatchWritten {};  // the memory of a batch was released
struct TextReleased {};  // memory for text was released
using AdmitMessage = std::variant<Batch*, ImageDone, ImageGrew, BatchWritten, TextReleased>;

/// Not thread-safe: its node is serial.
class Admission {
 public:
  explicit Admission(const Pipeline& pipeline) : budget_(pipeline.budget), cache_(pipeline.cache) {}

  /// Calls emit(image) for each that is admitted.
  template <class Emit>
  void take(const AdmitMessage& message, Emit emit) {
    std::visit([this](const auto& each) { this->handle(each); }, message);
    // Another thread may recycle the batch as soon as its last image is emitted.
    missing_bytes_ = 0;
    while (const auto work = next()) emit(*work);
  }
  /// What the next image lacks, or one that runs alone. 0: nothing that idle memory could give.
  std::uint64_t missing_bytes() const noexcept { return budget_.idle_bytes() > 0 ? missing_bytes_ : 0; }

 private:
  std::optional<ImageWork> next() {
    if (!grown_.empty()) {
      const auto& [place, batch] = *grown_.begin();
      const ImageWork work{batch, place.second, true};
      if (!admit(work, running_ == 0)) return std::nullopt;
      grown_.erase(grown_.begin());
      return work;
    }
    if (waiting_.empty()) return std::nullopt;
    Batch& head = *waiting_.front();
    const ImageWork work{&head, head.next_pending};
    if (!admit(work, running_ == 0 && head.sequence == written_)) return std::nullopt;
    if (++head.next_pending == head.pending.size()) waiting_.pop_front();
    return work;
  }
  bool admit(const ImageWork& work, bool alone) {
    const std::uint64_t need = work.reserved_bytes();
    missing_bytes_ = budget_.excess_bytes(need);
    const bool idle_suffices = missing_bytes_ > 0 && missing_bytes_ <= budget_.idle_bytes();
    const bool fits = !idle_suffices && cache_.make_room(need);
    if (!fits && !alone) return false;
    if (fits) missing_bytes_ = 0;
    budget_.reserve_image(need);
    ++running_;
    return true;
  }

  void handle(Batch* batch) {
    if (!batch->pending.empty()) waiting_.push_back(batch);
  }
  // Only the result remains in memory, and it is charged for itself.
  void handle(ImageDone done) {
    budget_.release_image(done.reserved_bytes);
    --running_;
  }
  void handle(ImageGrew grew) {
    handle(ImageDone{grew.work.reserved_bytes()});
    grown_.emplace(std::pair(grew.work.batch->sequence, grew.work.index), grew.work.batch);
  }
  void handle(BatchWritten) { ++written_; }
  void handle(TextReleased) {}

  Budget& budget_;
  ConversionCache& cache_;
  std::deque<Batch*> waiting_;
  std::map<std::pair<std::uint64_t, std::size_t>, Batch*> grown_;  // by the batch's sequence and the image's index
  std::size_t running_ = 0;
  std::uint64_t missing_bytes_ = 0;
  std::uint64_t written_ = 0;  // batches: also the sequence number of the oldest one in flight
};

}  // namespace visionshard::engine
