// The library's main function: converts raw corpora into upload-ready shards.
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
  refused,      // the options cannot be carried out (for example, the output exists); nothing was changed
  failed,       // input or output failed; no unfinished file carries a final name
  interrupted,  // `stop` was set
  not_ready,    // an earlier step is missing; only for a job on many machines
};

struct RunOutcome {
  RunStatus status = RunStatus::done;
  std::string message;  // one sentence: what failed and what to do; empty if done, unless was_complete
  RunReport report;
  bool was_complete =
      false;  // with OutputOptions::resume: the run was complete before; the report is read from the manifest
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

/// Called for each shard that has its final name, in their order, by one thread at a time. Must not throw.
using OnShard = std::function<void(const ShardInfo& shard)>;

/// Converts `options.inputs` into shards in `options.output.directory`. Returns when everything is written, or with a
/// status and a message if that is not possible. Every line of the input is counted once (Counts). `stop` may be set by
/// another thread or a signal handler. Never prints, exits or throws. Several runs may run at the same time in one
/// process, with different directories.
RunOutcome convert(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress = {},
                   const OnStall& on_stall = {}, const OnShard& on_shard = {});

/// Returns `text` as a JSON string with quotes; bytes that are not UTF-8 become U+FFFD. Thread-safe.
std::string json_string(std::string_view text);

/// Returns the report of a finished run as one JSON object and a newline, as `convert --json` prints it. Thread-safe.
std::string summary_json(const ConvertOptions& options, const RunReport& report);

}  // namespace visionshard
