// The library's entry point: raw corpora in, upload-ready shards out.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

namespace visionshard {

enum class RunStatus {
  done,
  refused,      // the options cannot be carried out as given (an output that exists, for instance); nothing was changed
  failed,       // input or output failed; no unfinished file carries a final name
  interrupted,  // stop was set
  not_ready,    // a step before it is missing; only of a job over many machines
};

struct RunOutcome {
  RunStatus status = RunStatus::done;
  std::string message;  // one sentence that names the thing and the way out; empty when done, unless was_complete
  RunReport report;
  bool was_complete =
      false;  // with OutputOptions::resume: there was nothing left to do; the report is what the manifest says
};

/// How far a run is.
struct ProgressReport {
  Counts counts;
  std::uint64_t input_bytes = 0;  // of text, after decompression
  std::uint64_t done_bytes = 0;   // of the input files as they are
  std::uint64_t total_bytes = 0;  // 0 where nobody knows, as of a pipe
  std::string_view at_work;       // the stage that most threads are in: "convert"; empty where none is
};

/// Told now and then, from one thread at a time. Must be quick and must not throw.
using Progress = std::function<void(const ProgressReport& so_far)>;

/// Told, from a thread of its own, that nothing has moved for ConvertOptions::stall_timeout_seconds, and where each
/// stage stands. A library cannot end threads that hang: the process can be ended here, and the run resumed.
using OnStall = std::function<void(const std::string& stages)>;

/// Told, from one thread at a time and in their order, of each shard that has its final name. Must not throw.
using OnShard = std::function<void(const ShardInfo& shard)>;

/// Converts `options.inputs` into shards in `options.output.directory` and returns when all is written or nothing more
/// can be. Every line of the input ends in exactly one place. Never prints, exits or throws. `stop` may be set from
/// another thread or a signal handler. Several runs may go on at once in one process, with different directories.
RunOutcome convert(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress = {},
                   const OnStall& on_stall = {}, const OnShard& on_shard = {});

/// What `--json` prints of a finished run: one JSON object with a newline after it. Thread-safe.
std::string summary_json(const ConvertOptions& options, const RunReport& report);

}  // namespace visionshard
