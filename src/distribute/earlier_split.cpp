#include "distribute/earlier_split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/external_sort.h"
#include "base/file_digest.h"
#include "base/json_pointer.h"
#include "distribute/cluster_job.h"
#include "exclusion/each_line.h"
#include "line/example_keys.h"
#include "line/written_image_keys.h"
#include "output/image_folder.h"
#include "output/manifest_reader.h"
#include "output/run_directory.h"
#include "output/shard_planner.h"

namespace visionshard::distribute {

namespace fs = std::filesystem;

namespace {

bool is_validation(const ShardInfo& shard) { return output::is_shard_name(shard.path, output::validation_prefix); }

std::string path_of(const ShardInfo& shard, const std::string& manifest) {
  return (fs::path(manifest).parent_path() / shard.path).native();
}

tl::unexpected<RunFault> was_changed(const ShardInfo& shard, const std::string& manifest) {
  return refusal(
      fmt::format("--keep-split {}: {} was changed since that run, so its sides are not known", manifest, shard.path));
}

}  // namespace

RunResult<std::vector<ShardInfo>> shards_to_keep(const std::string& manifest, const std::string& split_by) {
  auto shards = VISIONSHARD_TRY(output::read_manifest_shards(manifest));
  if (std::ranges::none_of(shards, is_validation))
    return refusal(fmt::format(
        "--keep-split {}: names no validation shard; is it the manifest of a run with --validation?", manifest));
  for (const ShardInfo& shard : shards)
    if (VISIONSHARD_TRY(file_state(path_of(shard, manifest))).bytes != shard.bytes) return was_changed(shard, manifest);
  const auto written = VISIONSHARD_TRY(output::read_manifest_layout(manifest));
  if (split_by != "images" || written.images != ImagePlace::files) return shards;
  const fs::path folder = fs::path(manifest).parent_path();
  const ImageFiles images = VISIONSHARD_TRY(output::count_images(folder.empty() ? "." : folder.native()));
  if (images.files < written.image_files.files)
    return refusal(
        fmt::format("--keep-split {}: {} of the {} images of that run are gone, by which its groups are known; "
                    "put them back, or give --split-by example, by which only equal lines keep their side",
                    manifest, written.image_files.files - images.files, written.image_files.files));
  return shards;
}

EarlierSplit::~EarlierSplit() { std::remove(path_.c_str()); }

RunResult<void> EarlierSplit::read(std::uint64_t examples, const KeepRunning& keep_running) {
  auto digest = VISIONSHARD_TRY(file_digests(manifest_, DigestOption::xxh128, keep_running));
  if (digest.xxh128 != shaping_.keep_split.xxh128)
    return refusal(fmt::format("--keep-split {}: was changed since the run was planned", manifest_));
  const auto shards = VISIONSHARD_TRY(shards_to_keep(manifest_, shaping_.split_by));
  SortedRuns<Record> sorted(path_ + ".runs");
  const bool by_images = shaping_.split_by == "images", by_pointer = !by_images && shaping_.split_by != "example";
  line::WrittenImageKeys images(fs::path(manifest_).parent_path().native());
  bool any_value = false;
  for (const ShardInfo& shard : shards) {
    const std::uint64_t side = is_validation(shard);
    const std::string path = path_of(shard, manifest_);
    const Digests now = VISIONSHARD_TRY(
        file_digests(path, shard.xxh128.empty() ? DigestOption::sha256 : DigestOption::xxh128, keep_running));
    if (shard.xxh128.empty() ? now.sha256 != shard.sha256 : now.xxh128 != shard.xxh128)
      return was_changed(shard, manifest_);
    auto each = exclusion::each_line(
        path, UINT32_MAX, keep_running,
        [&](std::optional<std::string_view> line, std::uint64_t, std::uint64_t) -> RunResult<bool> {
          if (!line || line->empty()) return true;
          VISIONSHARD_TRY(sorted.add({output::line_key(xxh128_digest(as_bytes(*line))), side}));
          if (by_images) {
            const auto keys = VISIONSHARD_TRY(images.of(*line));
            for (const output::HashKey& image : keys) VISIONSHARD_TRY(sorted.add({image, side}));
          }
          const auto value = by_pointer ? json::value_at(*line, shaping_.split_by) : std::nullopt;
          if (!value) return true;
          any_value = true;
          VISIONSHARD_TRY(sorted.add({line::value_key(*value), side}));
          return true;
        });
    VISIONSHARD_TRY(std::move(each));
  }
  if (by_pointer && !any_value)
    return refusal(
        fmt::format("--keep-split {}: no line of that run has a value at {}, by which --split-by would know its groups "
                    "again; with --split-by example only lines that are equal keep their side",
                    manifest_, shaping_.split_by));
  RecordWriter<Record> writer(path_);
  std::optional<Record> before;
  auto merged = sorted.merge([&](const Record& record) -> RunResult<void> {
    if (before == record) return {};
    before = record;
    return writer.add(record);
  });
  VISIONSHARD_TRY(std::move(merged));
  const FileDigest written = VISIONSHARD_TRY(writer.finish(Durability::none));
  records_ = VISIONSHARD_TRY(RecordReader<Record>::open(path_, written.bytes));
  for (std::vector<bool>* const bits : {&train_, &validation_, &line_validation_, &line_known_}) bits->resize(examples);
  return {};
}

RunResult<EarlierSides> EarlierSplit::sides_of(const output::HashKey& key) {
  EarlierSides sides;
  for (;;) {
    if (!next_ && !ended_) {
      const auto next = VISIONSHARD_TRY(records_.next());
      ended_ = next == nullptr;
      if (next != nullptr) next_ = *next;
    }
    if (!next_ || next_->key > key) return sides;
    if (next_->key == key) (next_->validation != 0 ? sides.validation : sides.train) = true;
    next_.reset();
  }
}

void EarlierSplit::note(std::uint32_t example, EarlierSides sides, bool is_line) {
  if (sides.train) train_[example] = true;
  if (sides.validation) validation_[example] = true;
  if (is_line && (sides.train || sides.validation)) {
    line_known_[example] = true;
    line_validation_[example] = !sides.train;
  }
}

RunResult<void> EarlierSplit::decide(ExampleGroups& groups, SplitReport& report) {
  const auto examples = static_cast<std::uint32_t>(train_.size());
  for (std::uint32_t example = 0; example < examples; ++example) {
    const std::uint32_t group = groups.group_of(example);
    if (train_[example]) train_[group] = true;
    if (validation_[example]) validation_[group] = true;
  }
  std::uint64_t known = 0;
  for (std::uint32_t example = 0; example < examples; ++example) {
    const std::uint32_t group = groups.group_of(example);
    if (group == example && train_[group] && validation_[group]) ++report.merged_groups;
    known += train_[group] || validation_[group];
    if (!line_known_[example]) continue;
    ++report.earlier_examples;
    if (line_validation_[example] && train_[group]) ++report.moved_examples;
  }
  if (known > 0) return {};
  return refusal(
      fmt::format("--keep-split {}: nothing of that run is in this corpus; is it the manifest of another?", manifest_));
}

std::optional<bool> EarlierSplit::side_of(std::uint32_t group) const {
  if (train_[group]) return false;
  if (validation_[group]) return true;
  return std::nullopt;
}

}  // namespace visionshard::distribute
