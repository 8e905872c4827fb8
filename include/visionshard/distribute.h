// One conversion on many machines that share only a folder. A scheduler runs the steps: plan once; map, any number of
// tasks at the same time; merge once; pack, any number of tasks; seal once. Running a finished step again changes
// nothing. A task may run twice, be killed at any moment, or run at the same time as a copy of itself. In the end the
// folder holds the bytes that convert() would have written.
//
// All functions may be called at the same time, by threads, processes and machines, on one folder. `stop` may be set by
// another thread or a signal handler. `message` is one sentence, what failed and what to do, and empty if done. Sizes
// are bytes.
#pragma once

#include <visionshard/options.h>
#include <visionshard/status.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace visionshard {

inline constexpr std::uint64_t default_part_bytes = 256ull << 20;

struct PlanOptions {
  ConvertOptions
      convert;  // output.directory is the work folder; threads and memory are for ConvertOptions::shards only
  std::uint64_t part_bytes = default_part_bytes;  // of a file that is not compressed; at least 1
  std::string max_rejects;                        // stored and returned by seal_job; has no effect here
};

struct PlanOutcome {
  RunStatus status = RunStatus::done;  // done, refused, failed or interrupted
  std::string message;
  std::uint64_t parts = 0;
};

/// Lists the inputs, cuts them into parts and writes `plan.json`, which is never changed afterwards. Reads no line,
/// unless ConvertOptions::shards is set: then it measures the corpus as convert() does. Returns the number of parts.
/// Refuses a folder that holds another plan or run, unless output.force. Never prints, exits or throws.
PlanOutcome plan_job(const PlanOptions& options, const std::atomic<bool>& stop, const Progress& progress = {});

/// The items index, index + tasks, index + 2 * tasks, and so on. `tasks` 0 means as many tasks as there are items.
struct TaskShare {
  std::uint64_t index = 0;
  std::uint64_t tasks = 0;
};

/// Options of a task. `threads`, `memory_bytes` and `stall_timeout_seconds` are as for convert() and change no byte of
/// the result.
struct TaskOptions {
  std::string work;
  std::vector<TaskShare> shares;
  unsigned threads = 0;
  std::uint64_t memory_bytes = 0;
  bool sync = true;
  unsigned stall_timeout_seconds = 600;
};

struct TaskOutcome {
  RunStatus status = RunStatus::done;  // any
  std::string message;
  std::uint64_t made = 0;     // items that this call published
  std::uint64_t already = 0;  // items that existed before, or that another task published first
};

/// Converts the parts of options.shares. A part's bytes depend only on its lines. It is published by one exclusive link
/// of its record. If another task published the part first with the same bytes, that one is kept; with other bytes the
/// call fails. Returns failed also if an input changed since the plan was made, and not_ready without a plan. Never
/// prints, exits or throws.
TaskOutcome map_parts(const TaskOptions& options, const std::atomic<bool>& stop, const Progress& progress = {},
                      const OnStall& on_stall = {});

/// Writes the shards of options.shares from ranges of the parts, up to options.threads at the same time. `progress` is
/// called after each. Returns not_ready without a layout. Otherwise like map_parts.
TaskOutcome pack_shards(const TaskOptions& options, const std::atomic<bool>& stop, const Progress& progress = {});

struct MergeOutcome {
  RunStatus status = RunStatus::done;  // done, failed, interrupted or not_ready
  std::string message;
  std::uint64_t shards = 0;
};

/// As for convert(). Only a split and near-duplicates need more than a little.
struct MergeResources {
  unsigned threads = 0;
  std::uint64_t memory_bytes = 0;
};

/// Writes to `layout.json` where each shard begins and ends in the parts. Memory grows with the number of parts and
/// shards, not with the number of lines, but with a split and near-duplicates. Returns the number of shards; not_ready,
/// with their numbers, if parts are missing; failed, with the machines' names, if the codecs of two machines give
/// different bytes. Never prints, exits or throws.
MergeOutcome merge_parts(const std::string& work, const std::atomic<bool>& stop, const MergeResources& resources = {});

struct SealOutcome {
  RunStatus status = RunStatus::done;  // done, failed, interrupted or not_ready
  std::string message;
  ConvertOptions options;   // the plan's, for summary_json
  std::string max_rejects;  // PlanOptions::max_rejects
  RunReport report;
  bool was_complete = false;  // the job was sealed before; the report is read from the manifest
};

/// Checks all shards, writes rejected.jsonl, the report and, last, the manifest, and removes the parts. A shard that
/// was written to after it was packed is read again, and the call fails if its bytes changed. `sync`: flush files to
/// the disk. Returns not_ready, with their numbers, if shards are missing. Never prints, exits or throws.
SealOutcome seal_job(const std::string& work, bool sync, const std::atomic<bool>& stop);

struct JobStatus {
  RunStatus status = RunStatus::done;  // done; failed: the folder cannot be read; not_ready: there is no plan
  std::string message;
  std::string plan;  // its id
  std::uint64_t parts = 0;
  std::vector<std::uint64_t> missing_parts;
  bool merged = false;
  std::uint64_t shards = 0;  // once merged
  std::vector<std::uint64_t> missing_shards;
  bool sealed = false;  // then nothing is missing
};

/// Reads from the files in `work` which parts and shards are done. Never prints, exits or throws. Thread-safe.
JobStatus job_status(const std::string& work);

/// Returns "1,4-7" for 1, 4, 5, 6, 7: an array specification as schedulers accept it. `sorted` must be ascending.
/// Thread-safe.
std::string array_spec(const std::vector<std::uint64_t>& sorted);

/// Returns the indexes, ascending and each once, of the tasks that have any of `items` when there are `tasks` tasks;
/// `items` itself if `tasks` is 0. Thread-safe.
std::vector<std::uint64_t> tasks_of(const std::vector<std::uint64_t>& items, std::uint64_t tasks);

}  // namespace visionshard
