#include "engine/reading.h"

#include <fmt/format.h>

namespace visionshard::engine {

Reading::Change Reading::handle(Freed freed) {
  window_.leave(*freed.batch, freed.files_completed);
  return BatchWritten{};
}

Reading::Change Reading::handle(Parsed parsed) {
  window_.parsed(parsed.sequence, parsed.has_images);
  return TextReleased{};
}

Reading::Change Reading::handle(Converted converted) {
  window_.converted(converted.sequence);
  return {};
}

Reading::Change Reading::handle(ImageWaits image) {
  return window_.free_idle(image.missing_bytes, begun_) ? Change(TextReleased{}) : Change();
}

Reading::Change Reading::handle(Published) {
  window_.file_published();
  return {};
}

// A filled batch. nullptr: all is read, or a message will come when what was missing has changed.
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
  auto next = pipeline_.reader.next(batch.text, window_.room_bytes());
  if (!next) {
    pipeline_.state.fail(std::move(next.error()));
    return false;
  }
  begun_ = *next == input::Next::need_memory ? &batch : nullptr;
  ended_ = *next == input::Next::end;
  return *next == input::Next::block;
}

void Reading::check_no_batch_lost() {
  if (window_.in_flight() == 0 && (ended_ || pipeline_.state.stopping())) return;
  pipeline_.state.fail({fmt::format("{} of {} blocks of lines were lost between two stages; please report this defect",
                                    window_.in_flight(), window_.entered())});
}

}  // namespace visionshard::engine
