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
#include "base/machine.h"
#include "distribute/attempt.h"
#include "distribute/cluster_job.h"
#include "distribute/layout_maker.h"
#include "distribute/near_duplicates.h"
#include "distribute/part_record.h"
#include "distribute/split.h"
#include "distribute/steps.h"
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
      auto record = VISIONSHARD_TRY(held_part_record(job.paths, job.plan, number));
      VISIONSHARD_TRY(
          check_file(job.paths, record, output::PartIndex::digests_name, record.index.digests, keep_running));
      digests.add_file(file_path(job.paths, record, output::PartIndex::digests_name), record.index.digests.bytes);
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

RunResult<Places> places_in(const std::string& path, const FileDigest& file) {
  auto reader = VISIONSHARD_TRY(RecordReader<std::uint64_t>::open(path, file.bytes));
  return Places(std::move(reader));
}

// Both are ascending, and have no place in common.
RunResult<FileDigest> merge_places(const std::string& a, std::uint64_t a_bytes, const std::string& b,
                                   std::uint64_t b_bytes, const std::string& path) {
  SortedRuns<std::uint64_t> both(path + ".both");
  both.add_file(a, a_bytes);
  both.add_file(b, b_bytes);
  RecordWriter<std::uint64_t> places(path);
  VISIONSHARD_TRY(both.merge([&](std::uint64_t place) { return places.add(place); }));
  return places.finish(Durability::none);
}

// Counts of the images, which the parts' records have.
RunResult<void> count_images(const ClusterJob& job, NearDuplicatesReport& report) {
  for (std::uint64_t number = 0; number < job.plan.parts(); ++number) {
    auto record = VISIONSHARD_TRY(held_part_record(job.paths, job.plan, number));
    report.hashed_images += record.index.picture_counts.hashed;
    report.flat_images += record.index.picture_counts.flat;
    report.undecodable_images += record.index.picture_counts.undecodable;
  }
  return {};
}

// Which examples are left out, and which go to the validation side, as files of places.
class Choices {
 public:
  Choices(const ClusterJob& job, const WorkingFolder& folder, const KeepRunning& keep_running)
      : job_(job),
        folder_(folder),
        keep_running_(keep_running),
        duplicates_path_(folder.file("duplicates")),
        dropped_path_(folder.file("near_duplicates")),
        validation_path_(folder.file("validation")) {}

  RunResult<void> make(const MergeResources& resources, NearDuplicatesFound& near, SplitReport& split) {
    duplicates_ = VISIONSHARD_TRY(find_duplicates(job_, duplicates_path_, keep_running_));
    const ShapingOptions& shaping = job_.plan.options.shaping;
    std::optional<NearDuplicateSearch> search;
    if (shaping.near_duplicates != NearDuplicates::off) {
      search.emplace(job_, folder_.file("pictures"), keep_running_);
      VISIONSHARD_TRY(count_images(job_, near.report));
      VISIONSHARD_TRY(
          search->run(duplicates_path_, duplicates_.bytes, resources.memory_bytes, resources.threads, near));
    }
    if (shaping.near_duplicates == NearDuplicates::drop) dropped_ = VISIONSHARD_TRY(search->drop(dropped_path_, near));
    if (!shaping.validation.any()) return {};
    if (shaping.near_duplicates != NearDuplicates::group) search.reset();
    const std::string left_out_path = folder_.file("left_out");
    const auto left_out = VISIONSHARD_TRY(
        merge_places(duplicates_path_, duplicates_.bytes, dropped_path_, dropped_.bytes, left_out_path));
    validation_ = VISIONSHARD_TRY(make_split(job_, {left_out_path, left_out.bytes, search ? &*search : nullptr},
                                             validation_path_, resources.memory_bytes, keep_running_, split));
    return {};
  }

  RunResult<LayoutMaker::Choice> open() const {
    auto duplicates = VISIONSHARD_TRY(places_in(duplicates_path_, duplicates_));
    auto dropped = VISIONSHARD_TRY(places_in(dropped_path_, dropped_));
    auto validation = VISIONSHARD_TRY(places_in(validation_path_, validation_));
    return LayoutMaker::Choice{std::move(duplicates), std::move(dropped), std::move(validation)};
  }

 private:
  const ClusterJob& job_;
  const WorkingFolder& folder_;
  const KeepRunning& keep_running_;
  std::string duplicates_path_, dropped_path_, validation_path_;
  FileDigest duplicates_, dropped_, validation_;
};

RunResult<Layout> lay_out(const ClusterJob& job, const MergeResources& resources, const std::string& attempt,
                          const KeepRunning& keep_running) {
  const auto folder = VISIONSHARD_TRY(WorkingFolder::create(fmt::format("{}/merge.{}", job.paths.base, attempt)));
  NearDuplicatesFound near;
  SplitReport split;
  Choices choices(job, folder, keep_running);
  VISIONSHARD_TRY(choices.make(resources, near, split));
  const std::string ranges_name = "ranges." + attempt;
  auto choice = VISIONSHARD_TRY(choices.open());
  LayoutMaker maker(job, std::move(choice), fmt::format("{}/{}", job.paths.base, ranges_name), keep_running);
  for (std::uint64_t number = 0; number < job.plan.parts(); ++number) {
    auto record = VISIONSHARD_TRY(held_part_record(job.paths, job.plan, number));
    VISIONSHARD_TRY(maker.add(record));
  }
  auto layout = VISIONSHARD_TRY(maker.finish());
  layout.ranges_name = ranges_name;
  layout.split = std::move(split);
  layout.near_duplicates = std::move(near);
  return layout;
}

RunResult<void> take_sealed(const ClusterJob& job, MergeOutcome& outcome) {
  outcome.shards = VISIONSHARD_TRY(sealed_shards(job));
  return {};
}

}  // namespace

RunResult<void> merge(const ClusterJob& job, const MergeResources& resources, const std::atomic<bool>& stop,
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
  const Machine machine = machine_for(resources.threads, resources.memory_bytes);
  const Layout layout = VISIONSHARD_TRY(lay_out(job, {machine.threads, machine.memory_bytes}, attempt, keep_running));
  if (stop) return interrupted();
  VISIONSHARD_TRY(sync_directory(job.paths.base));  // the names of the ranges
  // Of two merges at once both found the same; a layout of an older plan is replaced.
  VISIONSHARD_TRY(write_file_atomically(job.paths.in_home(output::layout_name), layout_text(job.plan, layout),
                                        Durability::synced, fmt::format("{}/layout.{}", job.paths.base, attempt)));
  outcome.shards = layout.shards.size();
  return {};
}

}  // namespace visionshard::distribute

namespace visionshard {

MergeOutcome merge_parts(const std::string& work, const std::atomic<bool>& stop, const MergeResources& resources) {
  using namespace distribute;
  return job_step<MergeOutcome>(
      work, stop, "interrupted; merge begins again",
      [&](const ClusterJob& job, MergeOutcome& outcome) { return merge(job, resources, stop, outcome); }, take_sealed);
}

}  // namespace visionshard
