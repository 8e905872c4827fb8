// Shards are cut by the planner that convert uses, over the parts' records in order: 16 bytes an example are read, and
// nothing is kept of them.
#include <map>
#include <set>

#include "base/file.h"
#include "distribute/attempt.h"
#include "distribute/job.h"
#include "distribute/part_record.h"
#include "pipeline/part_index.h"
#include "shard/plan.h"

namespace visionshard::distribute {
namespace {

// What nodes made of the canary: digest -> who, and which parts.
class Canaries {
 public:
  void add(const PartRecord& record) {
    Group& group = groups_[record.canary];
    group.hosts.insert(record.host);
    group.parts.push_back(record.part);
  }

  RunResult<void> check() const {
    if (groups_.size() < 2) return {};
    std::string text = "machines' libraries or processors give other bytes:";
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

RunResult<void> place_examples(const JobPaths& paths, const PartRecord& record, shard::ShardPlanner& planner,
                               Layout& layout) {
  const std::string path = fmt::format("{}/{}", paths.part_attempt(record.part, record.attempt), examples_name);
  auto reader = shard::RecordReader<pipeline::ExampleRecord>::open(path, record.examples.bytes);
  if (!reader) return tl::unexpected(reader.error());
  std::uint64_t offset = 0;
  for (;;) {
    const auto next = reader->next();
    if (!next) return tl::unexpected(next.error());
    if (*next == nullptr) break;
    const auto [bytes, images] = **next;
    if (planner.place(bytes, images > 0).opens) layout.shards.push_back({record.part, offset});
    PlannedShard& shard = layout.shards.back();
    shard.bytes += bytes;
    ++shard.examples;
    shard.image_examples += images > 0 ? 1 : 0;
    shard.images += images;
    offset += bytes;
  }
  if (offset == record.snapshot.shard.bytes) return {};
  return run_fault(
      fmt::format("{}: tells of {} bytes where the part has {}", path, offset, record.snapshot.shard.bytes));
}

tl::expected<void, Refusal> merge(const std::string& work, const std::atomic<bool>& stop, MergeOutcome& outcome) {
  auto job = open_job(work);
  if (!job) return tl::unexpected(std::move(job.error()));
  auto held = read_layout(job->paths, job->plan);
  if (held && *held) {
    outcome.shards = (*held)->shards.size();
    return {};
  }
  const Limits& limits = job->plan.options.limits;
  shard::ShardPlanner planner(limits.max_shard_bytes, limits.max_image_examples);
  Layout layout;
  Canaries canaries;
  std::vector<std::uint64_t> missing;
  for (std::uint64_t number = 0; number < job->plan.parts(); ++number) {
    if (stop) return tl::unexpected(Refusal{RunStatus::interrupted, "interrupted; merge begins anew"});
    auto record = read_part_record(job->paths, job->plan, number);
    if (!record) return tl::unexpected(failed(std::move(record.error())));
    if (!*record) missing.push_back(number);
    if (!missing.empty()) continue;
    canaries.add(**record);
    layout.parts.push_back({(*record)->snapshot.shard.bytes, (*record)->snapshot.shard.sha256});
    if (auto placed = place_examples(job->paths, **record, planner, layout); !placed)
      return tl::unexpected(failed(std::move(placed.error())));
  }
  if (!missing.empty())
    return tl::unexpected(
        Refusal{RunStatus::not_ready,
                fmt::format("{}: parts {} are missing; run visionshard map for them", work, array_spec(missing))});
  if (auto alike = canaries.check(); !alike) return tl::unexpected(failed(std::move(alike.error())));
  const std::string temporary = fmt::format("{}/layout.{}", job->paths.base, new_attempt());
  const std::string path = job->paths.in_work(shard::layout_name);
  if (auto written = write_file_atomically(temporary, layout_text(job->plan, layout), Durability::synced); !written)
    return tl::unexpected(failed(std::move(written.error())));
  // Of two merges at once both found the same; a layout of an older plan makes way.
  if (std::rename(temporary.c_str(), path.c_str()) != 0)
    return tl::unexpected(failed(system_fault(path, "rename into place", errno).value()));
  if (auto synced = sync_directory(work); !synced) return tl::unexpected(failed(std::move(synced.error())));
  outcome.shards = layout.shards.size();
  return {};
}

}  // namespace
}  // namespace visionshard::distribute

namespace visionshard {

MergeOutcome merge_parts(const std::string& work, const std::atomic<bool>& stop) {
  return distribute::guarded<MergeOutcome>(
      [&](MergeOutcome& outcome) { return distribute::merge(work, stop, outcome); });
}

}  // namespace visionshard
