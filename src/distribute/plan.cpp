#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "base/atomic_file.h"
#include "base/file_digest.h"
#include "base/json_text.h"
#include "base/machine.h"
#include "convert/check_options.h"
#include "convert/convert_processor.h"
#include "convert/find_methods.h"
#include "convert/quality_search.h"
#include "distribute/attempt.h"
#include "distribute/cluster_job.h"
#include "distribute/earlier_split.h"
#include "distribute/job_exclusions.h"
#include "distribute/steps.h"
#include "engine/run_state.h"
#include "input/byte_stream.h"
#include "input/source_list.h"
#include "line/stored_image.h"
#include "output/manifest_reader.h"
#include "output/run_directory.h"

namespace visionshard::distribute {
namespace {

namespace fs = std::filesystem;

RunResult<PlannedFile> planned(const std::string& path) {
  const auto state = VISIONSHARD_TRY(file_state(path));
  std::error_code error;
  const fs::path location = fs::absolute(path, error).lexically_normal();
  if (error) return system_fault(path, "open", error.value());
  auto plain = VISIONSHARD_TRY(input::is_plain_file(path));
  return PlannedFile{path, location.native(), state.bytes, state.modified_ns, plain};
}

// Degradation of all images that ConvertOptions::shards needs.
RunResult<image::Degradation> measured_loss(const ConvertOptions& options,
                                            std::shared_ptr<const exclusion::Exclusions> exclusions,
                                            std::shared_ptr<const store::StoreReader> store,
                                            const std::vector<std::string>& sources,
                                            const std::vector<std::optional<std::uint64_t>>& file_bytes,
                                            const std::atomic<bool>& stop, const Progress& progress) {
  const Machine machine = machine_for(options.threads, options.memory_bytes);
  engine::Budget budget(machine.memory_bytes);
  auto context = VISIONSHARD_TRY(conversion::line_context(options, budget, options.line.image_root, std::move(store)));
  context.exclusions = std::move(exclusions);
  engine::RunState state(stop);
  const engine::ProgressMeter meter(progress, file_bytes, state);
  auto loss = conversion::search_quality(options, sources, context, machine, state, meter);
  if (state.fault()) return tl::unexpected(*state.fault());
  if (stop) return interrupted();
  return loss;
}

// The folder's lock, on filesystems that know locks. Two plans at once wait for each other: each takes milliseconds,
// unless it measures for --shards.
RunResult<output::OutputLock> take_lock(const std::string& work, const std::atomic<bool>& stop) {
  using namespace std::chrono_literals;
  for (auto waited = 0ms;; waited += 50ms) {
    auto taken = VISIONSHARD_TRY(output::OutputLock::take(work));
    if (taken) return std::move(*taken);
    if (stop) return interrupted();
    if (waited > 2s)
      return refusal(
          fmt::format("{}: another run or plan is writing into it; wait for its end, or give another directory", work));
    std::this_thread::sleep_for(50ms);
  }
}

RunResult<void> make_folders(const JobPaths& paths, const std::string& exclusions, Durability durability) {
  std::error_code error;
  fs::create_directories(paths.parts, error);
  if (!error) fs::create_directories(paths.shards, error);
  if (error) return system_fault(paths.base, "create the directory", error.value());
  if (!exclusions.empty())
    VISIONSHARD_TRY(write_file_atomically(paths.exclusions(), exclusions, durability,
                                          fmt::format("{}/plan.exclusions.{}", paths.base, new_attempt())));
  if (durability == Durability::synced)
    for (const std::string& folder : {paths.base, fs::path(paths.base).parent_path().native(), paths.work})
      VISIONSHARD_TRY(sync_directory(folder));
  return {};
}

// What exclusions_text wrote; nothing of an empty text.
RunResult<std::shared_ptr<const exclusion::Exclusions>> read_again(const std::string& text) {
  std::shared_ptr<const exclusion::Exclusions> exclusions;
  if (text.empty()) return exclusions;
  auto read = VISIONSHARD_TRY(exclusion::Exclusions::deserialized(text));
  exclusions = std::make_shared<const exclusion::Exclusions>(std::move(read));
  return exclusions;
}

}  // namespace

RunResult<JobPlan> plan_without_loss(const PlanOptions& options, const std::vector<std::string>& sources,
                                     const store::StoreReader* store, std::string& exclusions,
                                     const std::atomic<bool>& stop) {
  const ConvertOptions& o = options.convert;
  if (o.output.keeps_nothing()) return refusal("a job over many machines needs a directory, so -o none cannot be");
  if (auto repeatable = input::check_repeatable(sources); !repeatable)
    return refusal("a job over many machines reads its input in parts, but " + repeatable.error().message);
  JobPlan plan;
  plan.options = o;
  plan.max_rejects = options.max_rejects;
  plan.part_bytes = options.part_bytes;
  for (const std::string& path : sources) {
    PlannedFile file = VISIONSHARD_TRY(planned(path));
    plan.files.push_back(std::move(file));
  }
  if (!o.line.image_root.empty()) {
    if (auto root = image::ImageRoot::open(o.line.image_root); !root) return refusal(root.error().message);
    std::error_code error;
    plan.image_root = fs::absolute(o.line.image_root, error).lexically_normal().native();
    if (error) return system_fault(o.line.image_root, "open", error.value());
  }
  if (store != nullptr) {
    plan.options.line.store_xxh128 = store->index_xxh128();
    std::error_code error;
    plan.store = fs::absolute(o.line.store, error).lexically_normal().native();
    if (error) return system_fault(o.line.store, "open", error.value());
  }
  if (KeptSplit& kept = plan.options.shaping.keep_split; !kept.path.empty()) {
    std::error_code error;
    plan.keep_split = fs::absolute(kept.path, error).lexically_normal().native();
    auto digests = file_digests(kept.path, DigestOption::xxh128, [&] { return !stop; });
    if (!digests) return refusal(fmt::format("--keep-split: {}", digests.error().message));
    kept.xxh128 = std::move(digests->xxh128);
    if (auto shards = shards_to_keep(plan.keep_split, plan.options.shaping.split_by); !shards)
      return refusal(std::move(shards.error().message));
  }
  exclusions = VISIONSHARD_TRY(
      exclusions_text(plan, sources, machine_for(1, o.memory_bytes).memory_bytes, [&] { return !stop; }));
  auto excluded = VISIONSHARD_TRY(read_again(exclusions));
  plan.methods = VISIONSHARD_TRY(conversion::find_methods(o, sources, std::move(excluded), stop));
  if (stop) return interrupted();
  return plan;
}

// Under its name last, when all folders are there: a plan that is there can be worked at.
RunResult<void> publish_plan(JobPlan& plan, const JobPaths& paths, const std::string& exclusions,
                             Durability durability) {
  const std::string text = plan_text(plan);
  VISIONSHARD_TRY(make_folders(paths, exclusions, durability));
  AtomicFile file =
      VISIONSHARD_TRY(AtomicFile::create(fmt::format("{}/plan.{}", paths.base, new_attempt()),
                                         paths.in_home(output::plan_name), durability, Temporary::removed));
  VISIONSHARD_TRY(file.append(text));
  const bool first = VISIONSHARD_TRY(file.publish_if_first());
  if (first) return {};
  const auto other = read_plan(paths.home);
  if (other && *other && (*other)->id == plan.id) return {};
  return run_fault(paths.work + ": another plan was made at the same time");
}

namespace {

// plan.json holds text, by which other processes find the files.
RunResult<void> check_paths(const JobPlan& plan) {
  std::vector<std::string_view> paths = {plan.image_root, plan.store, plan.keep_split};
  for (const PlannedFile& file : plan.files) paths.push_back(file.location);
  for (const std::string_view path : paths)
    if (json::as_utf8(path) != path)
      return refusal(fmt::format("{}: the name is not UTF-8, and so cannot be part of a plan; rename it", path));
  return {};
}

RunResult<void> make_plan(const PlanOptions& options, const std::atomic<bool>& stop, const Progress& progress,
                          PlanOutcome& outcome) {
  const ConvertOptions& o = options.convert;
  const std::string& work = o.output.directory;
  VISIONSHARD_TRY(conversion::check_options(o));
  auto sources = VISIONSHARD_TRY(input::list_sources(o.inputs, work));
  auto store = VISIONSHARD_TRY(line::open_store_to_inline(o.line));
  std::string exclusions;
  auto plan = VISIONSHARD_TRY(plan_without_loss(options, sources, store.get(), exclusions, stop));
  VISIONSHARD_TRY(check_paths(plan));
  std::error_code ignored;
  if (const fs::file_status status = fs::status(work, ignored); fs::exists(status) && !fs::is_directory(status))
    return refusal(fmt::format("{}: exists and is not a directory", work));
  const auto lock = VISIONSHARD_TRY(take_lock(work, stop));
  const Durability durability = durability_of(o.output.sync);
  // The loss is measured once: another plan of the same inputs and options would find the same.
  auto held = read_plan(work);
  if (!o.output.force && !held) return tl::unexpected(held.error());
  if (held && *held) {
    plan.loss = (*held)->loss;
    plan_text(plan);
    const bool same = (*held)->id == plan.id;
    const auto whole = same ? check_sealed(JobPaths(work, plan)) : RunResult<void>();
    if (same && whole) {
      outcome.parts = plan.parts();
      const JobPaths paths(work, plan);
      if (has_manifest(paths)) return {};
      // Where somebody has removed them.
      return make_folders(paths, exclusions, durability);
    }
    if (!whole && !o.output.force) return tl::unexpected(whole.error());
    if (!same && !o.output.force)
      return refusal(
          fmt::format("{}: holds the plan of another job, or of these inputs before they changed; give "
                      "--force to replace it, or another directory",
                      work));
  }
  const auto if_held = o.output.force ? output::IfHeld::replace : output::IfHeld::refuse;
  if (auto checked = output::check_output_directory(work, if_held, sources, conversion::read_later(o)); !checked)
    return refusal(checked.error().message);
  plan.loss = {};
  if (o.shards) {
    std::vector<std::optional<std::uint64_t>> file_bytes;
    for (const PlannedFile& file : plan.files) file_bytes.push_back(file.bytes);
    auto excluded = VISIONSHARD_TRY(read_again(exclusions));
    auto loss = measured_loss(o, std::move(excluded), store, sources, file_bytes, stop, progress);
    if (!loss && loss.error().status == RunStatus::interrupted) return tl::unexpected(loss.error());
    if (!loss) return refusal(loss.error().message);
    plan.loss = *loss;
  }
  VISIONSHARD_TRY(output::prepare_output_directory(work, output::unfinished_prefix(work).value_or(o.output.prefix),
                                                   output::manifest_shard_names));
  plan_text(plan);
  VISIONSHARD_TRY(publish_plan(plan, JobPaths(work, plan), exclusions, durability));
  outcome.parts = plan.parts();
  return {};
}

}  // namespace
}  // namespace visionshard::distribute

namespace visionshard {

PlanOutcome plan_job(const PlanOptions& options, const std::atomic<bool>& stop, const Progress& progress) {
  return distribute::outcome_of<PlanOutcome>("interrupted; nothing was planned", [&](PlanOutcome& outcome) {
    return distribute::make_plan(options, stop, progress, outcome);
  });
}

}  // namespace visionshard
