#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/file.h"
#include "distribute/attempt.h"
#include "distribute/job.h"
#include "input/byte_stream.h"
#include "input/source_list.h"
#include "pipeline/convert_job.h"
#include "pipeline/least_loss.h"
#include "pipeline/machine.h"
#include "pipeline/run_state.h"
#include "shard/output_directory.h"

namespace visionshard::distribute {
namespace {

namespace fs = std::filesystem;

RunResult<PlannedFile> planned(const std::string& path) {
  std::error_code error;
  PlannedFile file;
  file.path = path;
  file.location = fs::absolute(path, error).lexically_normal().native();
  struct stat status;
  if (error || ::stat(path.c_str(), &status) != 0) return system_fault(path, "open", error ? error.value() : errno);
  file.bytes = static_cast<std::uint64_t>(status.st_size);
  file.modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  auto plain = input::is_plain_file(path);
  if (!plain) return tl::unexpected(plain.error());
  file.is_plain = *plain;
  return file;
}

tl::expected<void, Refusal> refused(RunFault&& fault) {
  return tl::unexpected(Refusal{RunStatus::refused, std::move(fault.message)});
}

// Loss of all images that ConvertOptions::shards needs.
RunResult<image::Loss> measured_loss(const ConvertOptions& options, const std::vector<std::string>& sources,
                                     const std::vector<std::uint64_t>& file_bytes, const std::atomic<bool>& stop,
                                     const Progress& progress) {
  const pipeline::Machine machine = pipeline::machine_for(options.threads, options.memory_bytes);
  pipeline::Budget budget(machine.memory_bytes);
  auto context = pipeline::line_context(options, budget, options.line.image_root);
  if (!context) return tl::unexpected(context.error());
  pipeline::RunState state(stop);
  const pipeline::ProgressMeter meter(progress, file_bytes, state);
  auto loss = pipeline::least_loss(options, sources, *context, machine, state, meter);
  if (state.fault()) return tl::unexpected(*state.fault());
  return loss;
}

// Removes what is there of an older plan; its tasks find their folders gone.
RunResult<void> clear(const std::string& work, const std::string& prefix) {
  if (auto prepared = shard::prepare_output_directory(work, prefix); !prepared) return prepared;
  return shard::remove_work_directory(work);
}

tl::expected<void, Refusal> make_plan(const PlanOptions& options, const std::atomic<bool>& stop,
                                      const Progress& progress, PlanOutcome& outcome) {
  const ConvertOptions& o = options.convert;
  const std::string& work = o.output.directory;
  auto sources = input::list_sources(o.inputs);
  if (!sources) return tl::unexpected(failed(std::move(sources.error())));
  if (auto repeatable = input::check_repeatable(*sources); !repeatable)
    return refused({"a job over many machines reads its input in parts, but " + repeatable.error().message});
  JobPlan plan;
  plan.options = o;
  plan.max_rejects = options.max_rejects;
  plan.part_bytes = options.part_bytes;
  for (const std::string& path : *sources) {
    auto file = planned(path);
    if (!file) return tl::unexpected(failed(std::move(file.error())));
    plan.files.push_back(std::move(*file));
  }
  if (!o.line.image_root.empty()) {
    if (auto root = image::ImageRoot::open(o.line.image_root); !root) return refused(std::move(root.error()));
    plan.image_root = fs::absolute(o.line.image_root).lexically_normal().native();
  }
  // The loss is measured once: another plan of the same inputs and options would find the same.
  auto held = read_plan(work);
  if (!o.output.force && !held) return tl::unexpected(failed(std::move(held.error())));
  if (held && *held) plan.loss = (*held)->loss;
  std::string text = plan_text(plan);
  if (held && *held && (*held)->id == plan.id) {
    outcome.parts = plan.parts();
    return {};
  }
  if (held && *held && !o.output.force)
    return refused(
        {fmt::format("{}: holds the plan of another job, or of these inputs before they changed; give "
                     "--force to replace it, or another directory",
                     work)});
  const auto if_held = o.output.force ? shard::IfHeld::replace : shard::IfHeld::refuse;
  if (auto checked = shard::check_output_directory(work, if_held, *sources); !checked)
    return refused(std::move(checked.error()));
  plan.loss = {};
  if (o.shards) {
    std::vector<std::uint64_t> file_bytes;
    for (const PlannedFile& file : plan.files) file_bytes.push_back(file.bytes);
    auto loss = measured_loss(o, *sources, file_bytes, stop, progress);
    if (stop) return tl::unexpected(Refusal{RunStatus::interrupted, "interrupted while measuring"});
    if (!loss) return refused(std::move(loss.error()));
    plan.loss = *loss;
  }
  text = plan_text(plan);
  const std::string& old_prefix = held && *held ? (*held)->options.output.prefix : o.output.prefix;
  if (auto cleared = clear(work, old_prefix); !cleared) return tl::unexpected(failed(std::move(cleared.error())));
  std::error_code error;
  const JobPaths paths(work, plan);
  fs::create_directories(paths.parts, error);
  if (!error) fs::create_directories(paths.shards, error);
  if (error) return tl::unexpected(failed(system_fault(paths.base, "create the directory", error.value()).value()));
  const std::string temporary = fmt::format("{}/plan.{}", paths.base, new_attempt());
  const Durability durability = o.output.sync ? Durability::synced : Durability::none;
  if (auto written = write_file_atomically(temporary, text, durability); !written)
    return tl::unexpected(failed(std::move(written.error())));
  auto won = publish_file(temporary, paths.in_work(shard::plan_name));
  if (!won) return tl::unexpected(failed(std::move(won.error())));
  fs::remove(temporary, error);
  if (!*won) {
    auto other = read_plan(work);
    if (!other || !*other || (*other)->id != plan.id)
      return refused({fmt::format("{}: another plan was made at the same time", work)});
  }
  if (durability == Durability::synced)
    if (auto synced = sync_directory(work); !synced) return tl::unexpected(failed(std::move(synced.error())));
  outcome.parts = plan.parts();
  return {};
}

}  // namespace
}  // namespace visionshard::distribute

namespace visionshard {

PlanOutcome plan_job(const PlanOptions& options, const std::atomic<bool>& stop, const Progress& progress) {
  return distribute::guarded<PlanOutcome>(
      [&](PlanOutcome& outcome) { return distribute::make_plan(options, stop, progress, outcome); });
}

}  // namespace visionshard
