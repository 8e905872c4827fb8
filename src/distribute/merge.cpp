// When every part is there: whether all machines gave the same bytes, which examples are duplicates (by merging the
// parts' sorted digests, 24 bytes an example), and the layout.
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "base/atomic_file.h"
#include "base/external_sort.h"
#include "base/keep_running.h"
#include "distribute/attempt.h"
#include "distribute/cluster_job.h"
#include "distribute/layout_maker.h"
#include "distribute/part_record.h"
#include "distribute/split.h"
#include "distribute/steps.h"
#include "engine/machine.h"
#include "output/part_index.h"

namespace visionshard::distribute {
namespace {

namespace fs = std::filesystem;

// The digest of each machine's codec self-test: which machines have it, and which parts they made.
class SelfTests {
 public:
  void add(const PartRecord& record) {
    Group& group = groups_[record.codec_self_test];
    group.hosts.insert(record.host);
    group.parts.push_back(record.part);
  }

  RunResult<void> check() const {
    if (groups_.size() < 2) return {};
    std::string text = "machines' libraries differ, or their processors give other bytes:";
    for (const auto& [digest, group] : groups_) {
      text += fmt::format(" {} by", digest.substr(0, 8));
      for (const std::string& host : group.hosts) text += " " + host;
      text += fmt::format(" (parts {});", array_spec(group.parts));
    }
    return run_fault(
        text + " make the machines alike, remove the .done records of the parts that are wrong, and run map again");
  }

 private:
  struct Group {
    std::set<std::string> hosts;
    std::vector<std::uint64_t> parts;
  };
  std::map<std::string, Group> groups_;
};

// The places of all examples that are written like an earlier one, in order, into the file at `path`: of each digest
// the first place stays.
RunResult<FileDigest> find_duplicates(const ClusterJob& job, const std::string& path, const KeepRunning& keep_running) {
  RecordWriter<std::uint64_t> places(path);
  if (job.plan.options.line.duplicates == Duplicates::drop) {
    SortedRuns<output::DigestRecord> digests(path + ".digests");
    SortedRuns<std::uint64_t> found(path + ".found");
    for (std::uint64_t number = 0; number < job.plan.parts(); ++number) {
      auto record = VISIONSHARD_TRY(read_part_record(job.paths, job.plan, number));
      if (!record) return run_fault(fmt::format("part {}: has gone while parts were merged", number));
      VISIONSHARD_TRY(
          check_file(job.paths, *record, output::PartIndex::digests_name, record->index.digests, keep_running));
      digests.add_file(file_path(job.paths, *record, output::PartIndex::digests_name), record->index.digests.bytes);
    }
    std::optional<output::ExampleDigest> before;
    std::uint64_t records = 0;
    auto merged = digests.merge([&](const output::DigestRecord& record) -> RunResult<void> {
      if (++records % asked_each_records == 0 && !keep_running()) return interrupted();
      if (before == record.digest) return found.add(record.place);
      before = record.digest;
      return {};
    });
    VISIONSHARD_TRY(std::move(merged));
    VISIONSHARD_TRY(found.merge([&](std::uint64_t place) { return places.add(place); }));
  }
  return places.finish(Durability::none);
}

// A folder for what a merge needs on its way; gone at its end, however that is.
class WorkingFolder {
 public:
  static RunResult<WorkingFolder> create(std::string path) {
    std::error_code error;
    fs::create_directory(path, error);
    if (error) return system_fault(path, "create the directory", error.value());
    return WorkingFolder(std::move(path));
  }
  WorkingFolder(WorkingFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkingFolder& operator=(WorkingFolder&&) = delete;
  ~WorkingFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  std::string file(const char* name) const { return fmt::format("{}/{}", path_, name); }

 private:
  explicit WorkingFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

RunResult<Layout> lay_out(const ClusterJob& job, std::uint64_t memory_bytes, const std::string& attempt,
                          const KeepRunning& keep_running) {
  const auto folder = VISIONSHARD_TRY(WorkingFolder::create(fmt::format("{}/merge.{}", job.paths.base, attempt)));
  const std::string duplicates_path = folder.file("duplicates"), validation_path = folder.file("validation");
  auto found = VISIONSHARD_TRY(find_duplicates(job, duplicates_path, keep_running));
  FileDigest validation;
  SplitReport split;
  if (job.plan.options.shaping.validation.any())
    validation = VISIONSHARD_TRY(
        make_split(job, duplicates_path, found.bytes, validation_path, memory_bytes, keep_running, split));
  auto duplicates = VISIONSHARD_TRY(RecordReader<std::uint64_t>::open(duplicates_path, found.bytes));
  auto validates = VISIONSHARD_TRY(RecordReader<std::uint64_t>::open(validation_path, validation.bytes));
  const std::string ranges_name = "ranges." + attempt;
  LayoutMaker maker(job, Places(std::move(duplicates)), Places(std::move(validates)),
                    fmt::format("{}/{}", job.paths.base, ranges_name), keep_running);
  for (std::uint64_t number = 0; number < job.plan.parts(); ++number) {
    auto record = VISIONSHARD_TRY(read_part_record(job.paths, job.plan, number));
    if (!record) return run_fault(fmt::format("part {}: has gone while parts were merged", number));
    VISIONSHARD_TRY(maker.add(*record));
  }
  auto layout = VISIONSHARD_TRY(maker.finish());
  layout.ranges_name = ranges_name;
  layout.split = std::move(split);
  return layout;
}

RunResult<void> take_sealed(const ClusterJob& job, MergeOutcome& outcome) {
  outcome.shards = VISIONSHARD_TRY(sealed_shards(job));
  return {};
}

}  // namespace

RunResult<void> merge(const ClusterJob& job, std::uint64_t memory_bytes, const std::atomic<bool>& stop,
                      MergeOutcome& outcome) {
  auto held = read_layout(job.paths, job.plan);
  if (held && *held) {
    outcome.shards = (*held)->shards.size();
    return {};
  }
  SelfTests self_tests;
  std::vector<std::uint64_t> missing;
  for (std::uint64_t number = 0; number < job.plan.parts(); ++number) {
    auto record = VISIONSHARD_TRY(read_part_record(job.paths, job.plan, number));
    if (record)
      self_tests.add(*record);
    else
      missing.push_back(number);
  }
  if (!missing.empty())
    return run_fault(
        fmt::format("{}: parts {} are missing; run visionshard map for them", job.paths.work, array_spec(missing)),
        RunStatus::not_ready);
  VISIONSHARD_TRY(self_tests.check());
  const std::string attempt = new_attempt();
  const KeepRunning keep_running = [&] { return !stop; };
  const Layout layout =
      VISIONSHARD_TRY(lay_out(job, engine::machine_for(1, memory_bytes).memory_bytes, attempt, keep_running));
  if (stop) return interrupted();
  // Of two merges at once both found the same; a layout of an older plan is replaced.
  VISIONSHARD_TRY(write_file_atomically(job.paths.in_home(output::layout_name), layout_text(job.plan, layout),
                                        Durability::synced, fmt::format("{}/layout.{}", job.paths.base, attempt)));
  outcome.shards = layout.shards.size();
  return {};
}

}  // namespace visionshard::distribute

namespace visionshard {

MergeOutcome merge_parts(const std::string& work, const std::atomic<bool>& stop) {
  using namespace distribute;
  return job_step<MergeOutcome>(
      work, stop, "interrupted; merge begins again",
      [&](const ClusterJob& job, MergeOutcome& outcome) { return merge(job, 0, stop, outcome); }, take_sealed);
}

}  // namespace visionshard
