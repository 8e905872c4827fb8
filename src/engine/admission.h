// Images that need pixels, admitted by bytes and strictly in input order. Whoever holds memory is therefore older than
// the image that waits, and will be written and give it back without needing anything of it; the oldest never waits for
// the younger. An image that needs more than the whole budget runs when it is alone.
#pragma once

#include <deque>
#include <variant>

#include "engine/pipeline.h"

namespace visionshard::engine {

/// What the admission stage is told: the next batch in order, or what has changed, afterwards.
struct ImageDone {
  std::uint64_t need_bytes;
};
struct Written {};  // a batch, whose memory is given back
struct Room {};     // text was given back
using AdmitMessage = std::variant<Batch*, ImageDone, Written, Room>;

/// Not thread-safe: its node is serial.
class Admission {
 public:
  explicit Admission(const Pipeline& pipeline) : budget_(pipeline.budget), cache_(pipeline.cache) {}

  /// Calls emit(image) for each that is admitted.
  template <class Emit>
  void take(const AdmitMessage& message, Emit emit) {
    std::visit([this](const auto& each) { this->note(each); }, message);
    while (!waiting_.empty()) {
      Batch& head = *waiting_.front();
      while (head.next_pending < head.pending.size()) {
        const std::uint64_t need = head.pending[head.next_pending].need_bytes;
        const bool alone = running_ == 0 && head.sequence == written_;
        if (!cache_.make_room(need) && !alone) return;
        budget_.take_image(need);
        ++running_;
        // The batch may be gone as soon as its last image is out.
        const bool last = head.next_pending + 1 == head.pending.size();
        emit(ImageWork{&head, head.next_pending++});
        if (last) break;
      }
      waiting_.pop_front();
    }
  }

 private:
  void note(Batch* batch) {
    if (!batch->pending.empty()) waiting_.push_back(batch);
  }
  // Of the image's memory only the result stays, which has its own charge.
  void note(ImageDone done) {
    budget_.give_image(done.need_bytes);
    --running_;
  }
  void note(Written) { ++written_; }
  void note(Room) {}

  Budget& budget_;
  ConversionCache& cache_;
  std::deque<Batch*> waiting_;
  std::size_t running_ = 0;
  std::uint64_t written_ = 0;  // batches, and so the sequence of the oldest one in flight
};

}  // namespace visionshard::engine
