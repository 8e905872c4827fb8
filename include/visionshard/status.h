// How runs of all kinds end, and how they say how far they are.
#pragma once

#include <visionshard/report.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace visionshard {

enum class RunStatus {
  done,
  refused,      // the options cannot be carried out as given (an output that exists, for instance); nothing was changed
  failed,       // input or output failed; no unfinished file carries a final name
  interrupted,  // the caller's stop flag was set
  not_ready,    // a step before it is missing; only of a job over many machines
};

/// How far a run is.
struct ProgressReport {
  Counts counts;
  std::uint64_t input_bytes = 0;  // of text, after decompression
  std::uint64_t done_bytes = 0;   // of the input files as they are stored
  std::uint64_t total_bytes = 0;  // 0 where nobody knows, as of a pipe
  std::string_view at_work;       // the stage that most threads are in: "convert"; empty where none is
};

/// Called now and then, from one thread at a time. Must be quick and must not throw.
using Progress = std::function<void(const ProgressReport& so_far)>;

/// Called, from a thread of its own, when nothing has moved for the stall timeout; `stages` says where each stage is. A
/// library cannot end threads that hang: the process can be ended here, and the run resumed.
using OnStall = std::function<void(const std::string& stages)>;

}  // namespace visionshard
