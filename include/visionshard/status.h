// The status of a run, and the functions by which a run reports its progress.
#pragma once

#include <visionshard/report.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace visionshard {

enum class RunStatus {
  done,
  refused,      // the options cannot be carried out (for example, the output exists); nothing was changed
  failed,       // input or output failed; no unfinished file carries a final name
  interrupted,  // `stop` was set
  not_ready,    // an earlier step is missing; only for a job on many machines
};

/// The progress of a run.
struct ProgressReport {
  Counts counts;
  std::uint64_t input_bytes = 0;  // of text, after decompression
  std::uint64_t done_bytes = 0;   // of the input files
  std::uint64_t total_bytes = 0;  // 0 if unknown, as for a pipe
  std::string_view at_work;       // the stage that most threads are in, for example "convert"; empty if none
};

/// Called several times a second, by one thread at a time. Must return quickly and must not throw.
using Progress = std::function<void(const ProgressReport& so_far)>;

/// Called by a separate thread when the run made no progress for ConvertOptions::stall_timeout_seconds, with the state
/// of each stage. A library cannot end threads that hang; the process can be ended here and the run resumed.
using OnStall = std::function<void(const std::string& stages)>;

}  // namespace visionshard
