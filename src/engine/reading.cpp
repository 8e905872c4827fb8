#include "engine/reading.h"

#include <fmt/format.h>

namespace visionshard::engine {
namespace {

// Blocks that a long line has blown up are cut back before they are filled again.
constexpr std::size_t keep_block_bytes = 2 << 20;

}  // namespace

Reading::News Reading::note(Freed freed) {
  window_.leave(*freed.batch, freed.files_completed);
  return Written{};
}

Reading::News Reading::note(Parsed parsed) {
  window_.parsed(parsed.sequence, parsed.has_images);
  return Room{};
}

Reading::News Reading::note(Converted converted) {
  window_.converted(converted.sequence);
  return {};
}

Reading::News Reading::note(Published) {
  window_.file_published();
  return {};
}

// A batch that could be filled, or nullptr: then a message will come that changes what was missing, or all is read.
Batch* Reading::next() {
  if (ended_ || pipeline_.state.stopping() || !window_.has_room()) return nullptr;
  Batch& batch = begun_ != nullptr ? *begun_ : window_.free_batch();
  bool filled = false;
  pipeline_.state.run(Stage::read, [&] { filled = fill(batch); });
  if (!filled) return nullptr;
  window_.enter(batch);
  return &batch;
}

bool Reading::fill(Batch& batch) {
  if (begun_ == nullptr) batch.text.block.shrink(keep_block_bytes);
  auto next = pipeline_.reader.next(batch.text, window_.room_bytes());
  if (!next) {
    pipeline_.state.fail(std::move(next.error()));
    return false;
  }
  begun_ = *next == input::Next::need_memory ? &batch : nullptr;
  ended_ = *next == input::Next::end;
  return *next == input::Next::block;
}

void Reading::check_nothing_was_lost() {
  if (window_.in_flight() == 0 && (ended_ || pipeline_.state.stopping())) return;
  pipeline_.state.fail({fmt::format("{} of {} blocks of lines were lost between two stages; please report this defect",
                                    window_.in_flight(), window_.entered())});
}

}  // namespace visionshard::engine
