// When the next block of lines is read: as long as threads would run out of work and memory is left.
#pragma once

#include <optional>
#include <variant>

#include "engine/admission.h"
#include "engine/window.h"

namespace visionshard::engine {

/// What the read stage is told. Whoever changes what it waits for sends a message afterwards: no wake-up can be lost.
struct Begin {};
struct Freed {  // a batch that is written
  Batch* batch;
  std::size_t files_completed;
};
struct Parsed {  // charged for what it keeps, which is less
  std::uint64_t sequence;
  bool has_images;  // to convert
};
struct Converted {
  std::uint64_t sequence;
};
struct Published {};  // a file
using ReadMessage = std::variant<Begin, Freed, Parsed, Converted, Published>;

/// Not thread-safe: its node is serial.
class Reading {
 public:
  Reading(const Pipeline& pipeline, unsigned threads) : pipeline_(pipeline), window_(pipeline, threads) {}

  /// Calls notify(message) with what admission is to know, then emit(batch) for each batch that could be filled.
  template <class Notify, class Emit>
  void take(const ReadMessage& message, Notify notify, Emit emit) {
    if (const auto news = std::visit([this](const auto& each) { return this->note(each); }, message)) notify(*news);
    while (Batch* const batch = next()) emit(batch);
  }

  /// After everything: a message that was lost in front of a node that keeps order ends a graph without a sign.
  void check_nothing_was_lost();

 private:
  using News = std::optional<AdmitMessage>;
  News note(Begin) { return {}; }
  News note(Freed freed);
  News note(Parsed parsed);
  News note(Converted converted);
  News note(Published);

  Batch* next();
  bool fill(Batch& batch);

  Pipeline pipeline_;
  Window window_;
  Batch* begun_ = nullptr;  // holds the beginning of a line that needs more memory; still free
  bool ended_ = false;
};

}  // namespace visionshard::engine
