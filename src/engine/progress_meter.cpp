#include "engine/progress_meter.h"

namespace visionshard::engine {

ProgressMeter::ProgressMeter(const Progress& progress, const std::vector<std::optional<std::uint64_t>>& file_bytes,
                             const RunState& state)
    : progress_(progress), state_(state) {
  bool known = true;
  for (const std::optional<std::uint64_t>& bytes : file_bytes) {
    bytes_before_.push_back(total_bytes_);
    total_bytes_ += bytes.value_or(0);
    known = known && bytes;
  }
  if (!known) total_bytes_ = 0;
}

void ProgressMeter::report(const Counts& counts, std::uint64_t input_bytes, const input::TextBlock& text) const {
  if (progress_)
    progress_({counts, input_bytes, bytes_before_[text.file] + text.file_bytes, total_bytes_, state_.at_work()});
}

}  // namespace visionshard::engine
