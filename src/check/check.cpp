#include <fmt/format.h>
#include <visionshard/check.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "base/catch_to_result.h"
#include "base/file.h"
#include "base/file_digest.h"
#include "base/for_each_index.h"
#include "base/machine.h"
#include "check/check_lines.h"
#include "check/tally.h"
#include "engine/pipeline.h"
#include "engine/progress_meter.h"
#include "input/source_list.h"
#include "line/stages.h"
#include "line/stored_image.h"
#include "output/finished_run.h"
#include "output/image_folder.h"
#include "output/manifest_reader.h"
#include "output/run_directory.h"

namespace visionshard {
namespace {

using namespace checking;

class CheckProcessor final : public engine::BatchProcessor {
 public:
  CheckProcessor(const CheckContext& context, CheckTally& tally, const engine::ProgressMeter& progress)
      : context_(context), tally_(tally), progress_(progress) {}

  std::unique_ptr<engine::Batch> make_batch() const override { return std::make_unique<CheckBatch>(); }
  std::unique_ptr<engine::Scratch> make_scratch() const override { return std::make_unique<line::Scratch>(); }
  RunResult<void> parse(engine::Batch& batch, engine::Scratch& scratch) const override {
    return check_lines(own(batch), context_, static_cast<line::Scratch&>(scratch));
  }
  RunResult<engine::SharedResult> convert(engine::ImageWork work) const override {
    return check_image(own(*work.batch), work.index, context_);
  }
  void apply(engine::ImageWork work, const engine::SharedResult& result) const override {
    line::apply_result(own(*work.batch), work.index, result);
  }
  void assemble(engine::Batch& batch) const override { gather_findings(own(batch)); }
  RunResult<void> commit(engine::Batch& batch) override {
    tally_.add(own(batch));
    const CheckCounts& counts = tally_.report().counts;
    Counts so_far;
    so_far.lines = counts.lines;
    so_far.blank = counts.blank;
    so_far.rejected = counts.skipped;
    so_far.images = counts.images;
    progress_.report(so_far, tally_.text_bytes(), batch.text);
    return {};
  }

 private:
  static CheckBatch& own(engine::Batch& batch) noexcept { return static_cast<CheckBatch&>(batch); }

  const CheckContext& context_;
  CheckTally& tally_;
  const engine::ProgressMeter& progress_;
};

// A shard as its run's manifest lists it, and its index among the files that are read.
struct NamedShard {
  ShardInfo info;
  std::size_t source;
};

// A file that is in the manifest or in the directory, but not in both.
struct UnmatchedFile {
  std::string path;
  std::string manifest;
};

// The files that are read, and their runs' manifests.
struct Sources {
  std::vector<std::string> paths;
  std::vector<NamedShard> shards;
  std::vector<UnmatchedFile> missing;    // in a manifest only
  std::vector<UnmatchedFile> not_named;  // in a directory only
  std::vector<std::string> manifests;
  std::string directory;  // of the run, where it is the only input
  output::WrittenLayout written;
};

RunResult<void> add_run(const std::string& directory, Sources& sources) {
  const std::string manifest = fmt::format("{}/{}", directory, output::manifest_name);
  sources.manifests.push_back(manifest);
  auto shards = output::read_manifest_shards(manifest);
  if (!shards) return tl::unexpected(shards.error());
  auto names = output::corpus_names_in(directory);
  if (!names) return tl::unexpected(names.error());
  std::set<std::string> left(names->begin(), names->end());
  for (ShardInfo& info : *shards) {
    const std::string path = fmt::format("{}/{}", directory, info.path);
    if (left.erase(info.path) == 0) {
      sources.missing.push_back({path, manifest});
      continue;
    }
    sources.shards.push_back({std::move(info), sources.paths.size()});
    sources.paths.push_back(path);
  }
  for (const std::string& name : left) {
    sources.paths.push_back(fmt::format("{}/{}", directory, name));
    sources.not_named.push_back({sources.paths.back(), manifest});
  }
  return {};
}

RunResult<Sources> list(const std::vector<std::string>& inputs) {
  Sources sources;
  std::size_t standard_inputs = 0;
  for (const std::string& input : inputs) {
    standard_inputs += input == "-";
    if (standard_inputs > 1) return run_fault("-: standard input can be read only once");
    switch (output::state_of_folder(input)) {
      case output::FolderState::finished:
        if (auto added = add_run(input, sources); !added) return tl::unexpected(added.error());
        continue;
      case output::FolderState::unfinished:
        return run_fault(
            fmt::format("{}: holds an unfinished run, whose shards are not complete; finish it first", input));
      case output::FolderState::no_run: break;
    }
    auto listed = input::list_sources({input});
    if (!listed) return tl::unexpected(listed.error());
    sources.paths.insert(sources.paths.end(), listed->begin(), listed->end());
  }
  if (inputs.size() == 1 && sources.manifests.size() == 1) {
    sources.directory = inputs.front();
    sources.written = VISIONSHARD_TRY(output::read_manifest_layout(sources.manifests.front()));
  }
  return sources;
}

// Fault: a shard cannot be read, or the check was stopped.
RunResult<std::vector<Digests>> digests(const Sources& sources, unsigned threads, const std::atomic<bool>& stop) {
  std::vector<RunResult<Digests>> found(sources.shards.size(), interrupted());
  for_each_index(found.size(), threads, stop, [&](std::size_t i) {
    const NamedShard& shard = sources.shards[i];
    const auto option = shard.info.sha256.empty() ? DigestOption::xxh128 : DigestOption::sha256;
    found[i] = file_digests(sources.paths[shard.source], option, [&] { return !stop; });
  });
  std::vector<Digests> all;
  for (auto& digests : found) {
    if (!digests) return tl::unexpected(digests.error());
    all.push_back(std::move(*digests));
  }
  return all;
}

RunResult<void> compare_with_manifest(const Sources& sources, unsigned threads, const std::atomic<bool>& stop,
                                      CheckTally& tally) {
  auto all = digests(sources, threads, stop);
  if (!all) return tl::unexpected(all.error());
  for (std::size_t i = 0; i < sources.shards.size(); ++i) {
    const ShardInfo& wanted = sources.shards[i].info;
    const CheckedFile& file = tally.report().files[sources.shards[i].source];
    const auto compare = [&](const char* what, std::uint64_t is, std::uint64_t says) {
      if (is != says)
        tally.add_file_finding(file.path, CheckCode::manifest_mismatch,
                               fmt::format("the file has {} {}, the manifest says {}", is, what, says));
    };
    compare("bytes", file.bytes, wanted.bytes);
    compare("examples", file.examples, wanted.examples);
    compare("examples with images", file.image_examples, wanted.image_examples);
    compare("images", file.images, wanted.images);
    const auto compare_digest = [&](const char* what, const std::string& is, const std::string& says) {
      if (!says.empty() && is != says)
        tally.add_file_finding(file.path, CheckCode::manifest_mismatch,
                               fmt::format("the file's {} is {}, the manifest says {}", what, is, says));
    };
    compare_digest("XXH3-128", (*all)[i].xxh128, wanted.xxh128);
    compare_digest("SHA-256", (*all)[i].sha256, wanted.sha256);
  }
  for (const UnmatchedFile& file : sources.missing)
    tally.add_file_finding(file.path, CheckCode::missing_shard, fmt::format("{} names it", file.manifest));
  for (const UnmatchedFile& file : sources.not_named)
    tally.add_file_finding(file.path, CheckCode::not_in_manifest, fmt::format("{} does not name it", file.manifest));
  return {};
}

RunResult<void> compare_images(const Sources& sources, const std::atomic<bool>& stop, CheckTally& tally) {
  if (sources.written.images != ImagePlace::files) return {};
  const auto mismatch = [&](const std::string& path, const std::string& detail) {
    tally.add_file_finding(path, CheckCode::manifest_mismatch, detail);
  };
  const ImageFiles& wanted = sources.written.image_files;
  const ImageFiles found = VISIONSHARD_TRY(output::verify_images(
      sources.directory, [&] { return !stop; }, mismatch));
  if (found.files != wanted.files || found.bytes != wanted.bytes)
    mismatch(fmt::format("{}/{}", sources.directory, output::images_name),
             fmt::format("there are {} images of {} bytes, the manifest says {} of {}", found.files, found.bytes,
                         wanted.files, wanted.bytes));
  return {};
}

CheckOutcome failed(RunFault&& fault) { return {RunStatus::failed, std::move(fault.message), {}}; }
CheckOutcome ended(RunFault&& fault) { return {fault.status, std::move(fault.message), {}}; }

// The size of each file; none where it is not a regular file.
std::vector<std::optional<std::uint64_t>> bytes_of(const std::vector<std::string>& paths) {
  std::vector<std::optional<std::uint64_t>> all;
  for (const std::string& path : paths) {
    const auto state = file_state(path);
    all.push_back(state && state->is_regular ? std::optional(state->bytes) : std::nullopt);
  }
  return all;
}

CheckOutcome run_check(const CheckOptions& options, const std::atomic<bool>& stop, const Progress& progress,
                       const OnFinding& on_finding) {
  const auto begin = std::chrono::steady_clock::now();
  const Machine machine = machine_for(options.threads, options.memory_bytes);
  auto sources = list(options.inputs);
  if (!sources) return failed(std::move(sources.error()));
  auto store = line::open_store(options.line);
  if (!store) return ended(std::move(store.error()));
  engine::Budget budget(machine.memory_bytes);
  engine::ConversionCache cache(budget);
  CheckContext context;
  context.limits = options.limits;
  context.line = options.line;
  context.image = options.image;
  context.budget = &budget;
  context.cache = &cache;
  context.model = options.model;
  context.store = std::move(*store);
  context.for_local_trainer =
      sources->written.layout != OutputLayout::chat || sources->written.images == ImagePlace::files;
  if (const std::string& folder = context.for_local_trainer ? sources->directory : options.line.image_root;
      !folder.empty()) {
    auto root = image::ImageRoot::open(folder);
    if (!root) return failed(std::move(root.error()));
    context.image_root = std::make_shared<const image::ImageRoot>(std::move(*root));
  }
  engine::RunState state(stop);
  CheckTally tally(options.limits, sources->paths, on_finding);
  input::BlockReader reader(sources->paths, text_block_bytes(machine.memory_bytes), options.line.max_line_bytes);
  const engine::ProgressMeter meter(progress, bytes_of(sources->paths), state);
  CheckProcessor processor(context, tally, meter);
  engine::run({reader, budget, cache, processor, state}, machine.threads);
  state.run_checked(Stage::finish, [&]() -> RunResult<void> {
    if (stop) return {};
    tally.finish(reader.file_bytes());
    if (sources->manifests.empty()) return {};
    VISIONSHARD_TRY(compare_with_manifest(*sources, machine.threads, stop, tally));
    return compare_images(*sources, stop, tally);
  });
  if (state.fault() && state.fault()->status != RunStatus::interrupted) return failed(RunFault(*state.fault()));
  if (stop) return {RunStatus::interrupted, "interrupted; not all lines were checked", {}};
  CheckOutcome outcome{RunStatus::done, {}, tally.take_report()};
  outcome.report.manifests = std::move(sources->manifests);
  if (context.store) outcome.report.store_xxh128 = context.store->index_xxh128();
  outcome.report.threads = machine.threads;
  outcome.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return outcome;
}

}  // namespace

CheckOutcome check(const CheckOptions& options, const std::atomic<bool>& stop, const Progress& progress,
                   const OnFinding& on_finding) {
  return catch_to_result<CheckOutcome>(
      [&](CheckOutcome& outcome) { outcome = run_check(options, stop, progress, on_finding); });
}

}  // namespace visionshard
