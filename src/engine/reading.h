// When the next block of lines is read: as long as threads would run out of work and memory is left.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "engine/admission.h"
#include "engine/graph.h"

namespace visionshard::pipeline {

/// The batches that were read and are not yet written, in their order. Not thread-safe.
class Window {
 public:
  /// The next in order.
  void enter() { states_.push_back(State::at_inspection); }
  void inspected(std::uint64_t sequence, bool has_images) {
    states_[sequence - first_] = has_images ? State::converting : State::finished;
  }
  void converted(std::uint64_t sequence) { states_[sequence - first_] = State::finished; }
  /// The first is written.
  void leave() {
    states_.pop_front();
    ++first_;
  }

  std::size_t size() const noexcept { return states_.size(); }
  /// Those that keep a thread busy, or soon will. One that is finished and waits for an older one's images does not: it
  /// costs memory alone. Where none waits for images these are all, since more would only leave the caches before their
  /// turn: without that limit a corpus with nothing to convert took 0.88 s and 342 MB, with it 0.57 s and 25 MB.
  std::size_t busy() const noexcept {
    bool held = false;
    std::size_t count = 0;
    for (const State state : states_) {
      held = held || state == State::converting;
      count += !held || state != State::finished;
    }
    return count;
  }

 private:
  enum class State : std::uint8_t { at_inspection, converting, finished };

  std::deque<State> states_;
  std::uint64_t first_ = 0;  // sequence of the first
};

/// What the read stage is told. Whoever changes what it waits for tells it afterwards: no wake-up can be lost.
struct Freed {  // a batch that is written, or new
  Batch* batch = nullptr;
  std::size_t shards_closed = 0;
};
struct Inspected {  // charged for what it keeps, which is less
  std::uint64_t sequence;
  bool has_images;  // to convert
};
struct Converted {
  std::uint64_t sequence;
};
struct Published {};  // a shard
using ReadMessage = std::variant<Freed, Inspected, Converted, Published>;

/// Not thread-safe: its node is serial.
class Reading {
 public:
  Reading(const Stages& stages, unsigned threads);

  /// Calls tell(message) with what admission is to know, then emit(batch) for each batch that could be filled.
  template <class Tell, class Emit>
  void take(const ReadMessage& message, Tell tell, Emit emit) {
    if (const auto news = std::visit([this](const auto& each) { return this->note(each); }, message)) tell(*news);
    while (Batch* const batch = next()) emit(batch);
  }

  /// After everything: a message that was lost in front of a node that keeps order ends a graph quietly.
  void check_nothing_was_lost();

 private:
  std::optional<AdmitMessage> note(Freed freed);
  std::optional<AdmitMessage> note(Inspected inspected);
  std::optional<AdmitMessage> note(Converted converted);
  std::optional<AdmitMessage> note(Published published);
  Batch* next();
  bool fill(Batch& batch);

  Stages s_;
  std::vector<Batch*> free_;
  Window window_;
  std::size_t max_busy_;
  std::uint64_t sequence_ = 0;
  std::size_t unpublished_ = 0;  // shards closed and without their name
  std::size_t max_unpublished_;
  Batch* begun_ = nullptr;  // holds the beginning of a line that needs more memory; one of free_
  bool ended_ = false;
};

/// Memory charged for a block until its lines are inspected: text, and the payloads decoded from it.
constexpr std::uint64_t cost_of_text(std::uint64_t block_bytes) noexcept { return 2 * block_bytes; }

/// The batch is inspected: it is charged for what it keeps. Thread-safe for different batches.
void charge_what_is_kept(Batch& batch, Budget& budget) noexcept;

}  // namespace visionshard::pipeline
