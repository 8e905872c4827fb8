// The library's entry point: raw corpora in, upload-ready shards out.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>
#include <visionshard/status.h>

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

namespace visionshard {

struct RunOutcome {
  RunStatus status = RunStatus::done;
  std::string message;  // one sentence that names the thing and the way out; empty when done, unless was_complete
  RunReport report;
  /// With OutputOptions::resume: there was nothing left to do; the report is what the manifest says.
  bool was_complete = false;
};

/// Called for each shard that has got its final name, from one thread at a time and in the shards' order. Must not
/// throw.
using OnShard = std::function<void(const ShardInfo& shard)>;

/// Converts `options.inputs` into shards in `options.output.directory` and returns when all is written or nothing more
/// can be. Every line of the input ends in exactly one place. Never prints, exits or throws. `stop` may be set from
/// another thread or a signal handler. Several runs may go on at once in one process, with different directories.
RunOutcome convert(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress = {},
                   const OnStall& on_stall = {}, const OnShard& on_shard = {});

/// `text` as a JSON string with its quotes; what is no UTF-8 in it becomes U+FFFD. Thread-safe.
std::string json_string(std::string_view text);

}  // namespace visionshard
