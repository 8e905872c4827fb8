// The library's main function: converts raw corpora into upload-ready shards.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>
#include <visionshard/status.h>

#include <atomic>
#include <functional>
#include <string>

namespace visionshard {

struct RunOutcome {
  RunStatus status = RunStatus::done;
  std::string message;  // one sentence: what failed and what to do; empty if done, unless was_complete
  RunReport report;
  /// With OutputOptions::resume: the run was complete before; the report is read from the manifest.
  bool was_complete = false;
};

/// Called for each shard that has its final name, in their order, by one thread at a time. Must not throw.
using OnShard = std::function<void(const ShardInfo& shard)>;

/// Converts `options.inputs` into shards in `options.output.directory`. Returns when everything is written, or with a
/// status and a message if that is not possible. Every line of the input is counted once (Counts). `stop` may be set by
/// another thread or a signal handler. Never prints, exits or throws. Several runs may run at the same time in one
/// process, with different directories.
RunOutcome convert(const ConvertOptions& options, const std::atomic<bool>& stop, const Progress& progress = {},
                   const OnStall& on_stall = {}, const OnShard& on_shard = {});

enum class FileUse { none, read, written };

/// What a run of `options` does with the file at `path`, whether it is there or not: whoever writes one of their own, a
/// log for instance, must not write it there. A file that the folder of an input would hold counts as read, since the
/// next run would read it; the images of ImagePlace::files are not looked for. Never throws; thread-safe.
FileUse use_of_file(const std::string& path, const ConvertOptions& options);

}  // namespace visionshard
