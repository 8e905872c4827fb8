// Decides when the next block of lines is read: when threads would run out of work, and memory is available.
#pragma once

#include <optional>
#include <variant>

#include "engine/admission.h"
#include "engine/window.h"

namespace visionshard::engine {

/// Messages to the read stage. Each is sent after the change that it reports: no wake-up can be lost.
struct Begin {};
struct Freed {  // a batch was written
  Batch* batch;
  std::size_t files_completed;
};
struct Parsed {  // a batch was parsed, and takes less memory than was reserved
  std::uint64_t sequence;
  bool has_images;  // that must be converted
};
struct Converted {
  std::uint64_t sequence;
};
struct ImageMemoryReleased {};
struct ImageWaits {  // for memory, and there is some that free batches keep
  std::uint64_t missing_bytes;
};
struct Published {};  // a file has its final name
using ReadMessage = std::variant<Begin, Freed, Parsed, Converted, ImageMemoryReleased, ImageWaits, Published>;

/// Not thread-safe: its node is serial.
class Reading {
 public:
  Reading(const Pipeline& pipeline, unsigned threads) : pipeline_(pipeline), window_(pipeline, threads) {}

  /// Calls notify(message) where admission must know of the change, then emit(batch) for each batch it can fill.
  template <class Notify, class Emit>
  void take(const ReadMessage& message, Notify notify, Emit emit) {
    if (const auto change = std::visit([this](const auto& each) { return this->handle(each); }, message))
      notify(*change);
    while (Batch* const batch = next()) emit(batch);
  }

  /// At the end. Fails the run where a batch is missing: without this check, a graph that lost a message in front of a
  /// sequencer would end as if it were complete.
  void check_no_batch_lost();

 private:
  using Change = std::optional<AdmitMessage>;
  Change handle(Begin) { return {}; }
  Change handle(Freed freed);
  Change handle(Parsed parsed);
  Change handle(Converted converted);
  Change handle(ImageMemoryReleased) { return {}; }
  Change handle(ImageWaits image);
  Change handle(Published);

  Batch* next();
  bool fill(Batch& batch);

  Pipeline pipeline_;
  Window window_;
  Batch* begun_ = nullptr;  // a free batch that holds the beginning of a line, which needs more memory
  bool ended_ = false;
};

}  // namespace visionshard::engine
