// Reports how far a run is, by the batches committed.
#pragma once

#include <visionshard/status.h>

#include <optional>
#include <vector>

#include "engine/run_state.h"
#include "input/block_reader.h"

namespace visionshard::engine {

/// Not thread-safe.
class ProgressMeter {
 public:
  /// `file_bytes`: of each source, where that is known. `progress` and `state` must outlive the meter.
  ProgressMeter(const Progress& progress, const std::vector<std::optional<std::uint64_t>>& file_bytes,
                const RunState& state);

  /// Reports that a batch with this text was committed; `counts` includes it.
  void report(const Counts& counts, std::uint64_t input_bytes, const input::TextBlock& text) const;

 private:
  const Progress& progress_;
  const RunState& state_;
  std::vector<std::uint64_t> bytes_before_;  // of the inputs before each source
  std::uint64_t total_bytes_ = 0;
};

}  // namespace visionshard::engine
