// One conversion over many machines that share nothing but a folder. A scheduler runs the steps: plan once; map tasks,
// any number at once; merge once; pack tasks; seal once. A step that has been done is left as it is, a task may run
// twice, die anywhere or race itself, and the folder then holds what convert() would have written, byte for byte.
//
// Any functions may be called at once, from threads, processes and machines, on one folder. `stop` may be set from
// another thread or a signal handler. `message` is one sentence that names the thing and the way out, empty when done.
// Sizes are bytes.
#pragma once

#include <visionshard/options.h>
#include <visionshard/run.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace visionshard {

inline constexpr std::uint64_t default_part_bytes = 256ull << 20;

struct PlanOptions {
  ConvertOptions convert;  // output.directory is the work folder; threads and memory count for ConvertOptions::shards
  std::uint64_t part_bytes = default_part_bytes;  // of a file that is not compressed; at least 1
  std::string max_rejects;                        // kept for whoever seals; means nothing here
};

struct PlanOutcome {
  RunStatus status = RunStatus::done;  // done, refused, failed or interrupted
  std::string message;
  std::uint64_t parts = 0;
};

/// Lists the inputs, cuts them into parts and writes `plan.json`, which nothing changes any more. Reads no line, unless
/// ConvertOptions::shards asks for the least loss: then the corpus is measured here, as by convert(). Refuses a folder
/// that holds another plan or run, unless output.force. Never prints, exits or throws.
PlanOutcome plan_job(const PlanOptions& options, const std::atomic<bool>& stop, const Progress& progress = {});

/// Items index, index + tasks, index + 2 tasks, ...; `tasks` 0 stands for as many as there are items.
struct TaskShare {
  std::uint64_t index = 0;
  std::uint64_t tasks = 0;
};

/// `threads`, `memory_bytes` and `stall_timeout_seconds` are as for convert() and change no byte.
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
  std::uint64_t already = 0;  // that were there before, or that another task published first
};

/// Converts parts. A part's bytes depend on its lines alone. It is published by one exclusive link of its record; where
/// another task was first with the same bytes, that one stands; with other bytes it is a failure. RunStatus::failed
/// also where an input is not what it was when the plan was made; not_ready without a plan. Never prints, exits or
/// throws.
TaskOutcome map_parts(const TaskOptions& options, const std::atomic<bool>& stop, const Progress& progress = {},
                      const OnStall& on_stall = {});

/// Writes shards from the layout by ranges of the parts; several at once, as `threads` says. `progress` is told of
/// each. As map_parts otherwise.
TaskOutcome pack_shards(const TaskOptions& options, const std::atomic<bool>& stop, const Progress& progress = {});

struct MergeOutcome {
  RunStatus status = RunStatus::done;  // done, failed, interrupted or not_ready
  std::string message;
  std::uint64_t shards = 0;
};

/// When every part is there: where each shard begins and ends, into `layout.json`. Memory grows with the number of
/// parts and shards, not of lines. not_ready names the parts that are missing. failed where nodes' codecs gave other
/// bytes, with their names. Never prints, exits or throws.
MergeOutcome merge_parts(const std::string& work, const std::atomic<bool>& stop);

struct SealOutcome {
  RunStatus status = RunStatus::done;  // done, failed, interrupted or not_ready
  std::string message;
  ConvertOptions options;   // the plan's, for summary_json
  std::string max_rejects;  // PlanOptions::max_rejects
  RunReport report;
  bool was_complete = false;  // there was nothing left to do; the report is what the manifest says
};

/// When every shard is there: checks them, writes rejected.jsonl, the report and, last, the manifest, and removes the
/// parts. A shard that was written to since it was packed is read, and a failure where it holds other bytes. not_ready
/// names the shards that are missing. Never prints, exits or throws.
SealOutcome seal_job(const std::string& work, bool sync, const std::atomic<bool>& stop);

struct JobStatus {
  RunStatus status = RunStatus::done;  // failed: the folder cannot be read; not_ready: there is no plan
  std::string message;
  std::string plan;  // its id
  std::uint64_t parts = 0;
  std::vector<std::uint64_t> missing_parts;
  bool merged = false;
  std::uint64_t shards = 0;  // once merged
  std::vector<std::uint64_t> missing_shards;
  bool sealed = false;  // then nothing is missing
};

/// What is done, told by the files alone. Never prints, exits or throws.
JobStatus job_status(const std::string& work);

/// "1,4-7" for 1, 4, 5, 6, 7: an array as schedulers take it. `sorted` ascends.
std::string array_spec(const std::vector<std::uint64_t>& sorted);

/// The indexes of the tasks that have any of `items`, each once and ascending, with so many tasks; the items themselves
/// where `tasks` is 0.
std::vector<std::uint64_t> tasks_of(const std::vector<std::uint64_t>& items, std::uint64_t tasks);

}  // namespace visionshard
