#include "convert/committer.h"

#include <fmt/format.h>

#include <utility>

#include "codec/library_versions.h"
#include "convert/accounting.h"
#include "example/hidden_image.h"
#include "image/codec_self_test.h"
#include "line/image_task.h"
#include "line/line_cutter.h"
#include "output/run_directory.h"

namespace visionshard::conversion {

Committer::Committer(const ConvertOptions& options, std::vector<std::string> sources, OnShard on_shard)
    : directory_(options.output.keeps_nothing() ? "" : options.output.directory),
      prefix_(options.output.prefix),
      measure_(options.image.measure),
      rejected_(in_directory(fmt::format("{}/{}", output::work_directory_name, output::rejected_name)),
                in_directory(output::rejected_name), options.output.rejects, durability_of(options.output.sync)),
      planner_(options.limits.max_shard_bytes, options.limits.max_image_examples),
      durability_(durability_of(options.output.sync)),
      digest_(options.output.digest),
      on_shard_(std::move(on_shard)) {
  for (std::string& path : sources) report_.inputs.push_back({std::move(path), 0, 0});
}

std::string Committer::in_directory(std::string_view name) const {
  return directory_.empty() ? "" : fmt::format("{}/{}", directory_, name);
}

RunResult<void> Committer::commit(ConvertBatch& batch) {
  auto run = batch.untouched.begin();
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    if (run != batch.untouched.end() && run->first_record == i) {
      const UntouchedRun& lines = *run++;
      if (add_run(batch, lines)) {
        i += lines.sum.examples - 1;
        continue;
      }
    }
    line::LineRecord& record = batch.records[i];
    if (record.state == line::LineState::undecided)
      return run_fault("a line left the pipeline without an outcome; please report this defect");
    methods_.filter(record);
    if (record.state == line::LineState::excluded) {
      add_excluded(batch, record);
      continue;
    }
    auto added = record.state == line::LineState::written ? add_written(batch, record) : add_rejected(batch, record);
    if (!added) return added;
  }
  report_.counts.lines += batch.lines;
  report_.counts.blank += batch.blank;
  report_.inputs[batch.text.file].lines += batch.lines;
  report_.input_bytes += batch.text.text_bytes;
  return {};
}

// False where the lines must be looked at one by one: one of them may open a shard, or is recorded by itself.
bool Committer::add_run(ConvertBatch& batch, const UntouchedRun& run) {
  if (seen_ || index_ != nullptr || !open_shard_ || (run.methods != 0 && run.methods != methods_.methods()))
    return false;
  const auto offset = planner_.place_all(run.sum.bytes, run.sum.image_examples);
  if (!offset) return false;
  report_.images_by_url += run.sum.images;
  report_.counts.images += run.sum.images;
  report_.counts.images_kept += run.sum.images;
  report_.counts.written += run.sum.examples;
  report_.output_bytes += run.sum.bytes;
  if (batch.segments.empty()) batch.segments.push_back({open_shard_, *offset, 0, 0});
  batch.append(run);
  open_shard_->count(run.sum);
  return true;
}

RunResult<void> Committer::add_written(ConvertBatch& batch, line::LineRecord& record) {
  if (seen_) {
    const bool is_new = VISIONSHARD_TRY(seen_->add(record.digest));
    if (!is_new) {
      ++report_.counts.duplicates;
      return {};
    }
  }
  if (images_)
    for (const line::ImageTask& task : batch.tasks_of(record))
      if (task.file) VISIONSHARD_TRY(images_->add(task.file->path, task.file->base64));
  const output::ExampleTally tally = tally_of(batch, record);
  const auto place = planner_.place(record.output_bytes, tally.images() > 0);
  if (place.opens)
    if (auto opened = open_shard(batch, record); !opened) return opened;
  // After open_shard, since its checkpoint must not count this record.
  count_images(batch, record, place.offset);
  if (tally.hidden > 0) add_hidden_image(batch, record);
  output::add_written(report_, tally, 1, record.output_bytes);
  if (index_ != nullptr)
    VISIONSHARD_TRY(index_->add_written(
        {record.output_bytes, report_.inputs[batch.text.file].lines + record.number + 1,
         record.extras ? record.extras->keys.get() : nullptr, record.extras ? record.extras->pictures.get() : nullptr},
        tally, record.digest));

  if (place.opens || batch.segments.empty())
    batch.segments.push_back({open_shard_, place.offset, batch.pieces.size(), 0});
  batch.append(record);
  open_shard_->count({1, tally.images() > 0, tally.images(), record.output_bytes});
  return {};
}

void Committer::add_excluded(const ConvertBatch& batch, const line::LineRecord& record) {
  ++report_.counts.excluded;
  ExcludedLines& excluded = report_.exclusions[record.exclusion];
  ++excluded.lines;
  const InputFile& input = report_.inputs[batch.text.file];
  if (record.exclusion != Exclusion::sample && excluded.first.size() < max_first_rejects)
    excluded.first.push_back({input.path, input.lines + record.number + 1, "", ""});
}

// Must be called before the example is counted.
void Committer::add_hidden_image(const ConvertBatch& batch, const line::LineRecord& record) {
  if (report_.hidden_images.examples > 0) return;
  const InputFile& input = report_.inputs[batch.text.file];
  report_.hidden_images.first = {input.path, input.lines + record.number + 1, record.extras->hidden_pointer,
                                 example::hidden_image_detail(record.extras->hidden_image)};
}

void Committer::count_images(const ConvertBatch& batch, const line::LineRecord& record, std::uint64_t offset) {
  report_.images_by_url += record.kept_urls;
  for (const line::ImageTask& task : batch.tasks_of(record)) {
    if (task.outcome == line::ImageOutcome::dropped) continue;
    count_image(report_, task);
    if (task.converted && task.converted->reduced) {
      const line::Reduced& reduced = *task.converted->reduced;
      report_.reduced += {1, reduced.bytes_before, reduced.bytes_after, reduced.tokens_before, reduced.tokens_after};
    }
    if (measure_ && task.outcome == line::ImageOutcome::shrunk) add_measured(batch, record, task);
    if (gallery_.wants(task))
      gallery_.note_written(batch, record, task, open_shard_->info().path, offset,
                            entry_of(batch, record, record.original_pointer(line::pointer_to(task))));
  }
}

RunResult<void> Committer::open_shard(ConvertBatch& batch, const line::LineRecord& record) {
  if (open_shard_) {
    if (auto taken = take_checkpoint(batch, record); !taken) return taken;
    batch.closed.push_back(std::move(open_shard_));
  }
  open_shard_ = std::make_shared<output::ShardFile>(directory_, output::shard_name(prefix_, shards_opened_),
                                                    shards_opened_, durability_, digest_);
  ++shards_opened_;
  return {};
}

output::Checkpoint Committer::checkpoint_of_counts() const { return checkpoint(0, report_.inputs.size()); }

output::Checkpoint Committer::checkpoint(std::size_t first_input, std::size_t end_input) const {
  output::Checkpoint checkpoint;
  checkpoint.first_input = static_cast<std::uint32_t>(first_input);
  checkpoint.methods = methods_.methods();
  checkpoint.report = counts_of(report_, first_input, end_input);
  return checkpoint;
}

// Saves the state before `record`, the first of the next shard.
RunResult<void> Committer::take_checkpoint(const ConvertBatch& batch, const line::LineRecord& record) {
  auto rejected_bytes = rejected_.save();
  if (!rejected_bytes) return tl::unexpected(rejected_bytes.error());
  output::Checkpoint checkpoint =
      this->checkpoint(std::exchange(first_unsaved_input_, batch.text.file), batch.text.file + 1);
  checkpoint.file = batch.text.file;
  // A resumed run reads and counts a byte order mark before the line again.
  const bool has_mark = record.conversions.has(image::Conversion::byte_order_mark);
  const std::size_t begin = record.begin - (has_mark ? input::byte_order_mark.size() : 0);
  checkpoint.offset = batch.text.offset + begin - batch.text.begin;
  checkpoint.rejected_bytes = *rejected_bytes;
  // Whole batches are counted: the lines of this batch before the record are not included yet.
  const auto records_before = static_cast<std::uint64_t>(&record - batch.records.data());
  checkpoint.report.counts.lines += record.number;
  checkpoint.report.counts.blank += record.number - records_before;
  checkpoint.report.inputs.back().lines += record.number;
  checkpoint.report.input_bytes += begin;
  const std::lock_guard lock(checkpoints_mutex_);
  checkpoints_.emplace(open_shard_->index(), std::move(checkpoint));
  return {};
}

RunResult<void> Committer::resume(const output::Checkpoint& last, std::vector<ShardInfo> shards,
                                  const KeepRunning& keep_running) {
  std::vector<InputFile> inputs = std::move(report_.inputs);
  if (last.report.inputs.size() > inputs.size())
    return run_fault(
        fmt::format("the journal lists {} inputs, the run has {}", last.report.inputs.size(), inputs.size()));
  report_ = last.report;
  for (std::size_t i = 0; i < report_.inputs.size(); ++i) {
    inputs[i].lines = report_.inputs[i].lines;
    inputs[i].instead = report_.inputs[i].instead;
  }
  first_unsaved_input_ = last.file;
  methods_.set_methods(last.methods);
  report_.inputs = std::move(inputs);
  report_.lines_before_resumption = report_.counts.lines;
  shards_opened_ = shards.size();
  finished_ = std::move(shards);
  if (seen_) {
    std::vector<std::string> paths;
    for (const ShardInfo& shard : finished_) paths.push_back(in_directory(shard.path));
    if (auto added = seen_->add_lines_of(paths, keep_running); !added) return added;
  }
  return rejected_.resume(last.rejected_bytes);
}

GalleryEntry Committer::entry_of(const ConvertBatch& batch, const line::LineRecord& record, std::string pointer) const {
  const InputFile& input = report_.inputs[batch.text.file];
  return {input.path, input.lines + record.number + 1, std::move(pointer), {}};
}

void Committer::add_measured(const ConvertBatch& batch, const line::LineRecord& record, const line::ImageTask& task) {
  const unsigned tries = task.converted->tries;
  ++report_.tries[tries];
  if (report_.measured.size() >= max_measured_images) return;
  const InputFile& input = report_.inputs[batch.text.file];
  report_.measured.push_back({input.path, input.lines + record.number + 1,
                              record.original_pointer(line::pointer_to(task)), tries, task.converted->psnr_db});
}

RunResult<void> Committer::add_rejected(const ConvertBatch& batch, const line::LineRecord& record) {
  InputFile& input = report_.inputs[batch.text.file];
  const FaultCode code = record.fault->code;
  if (record.not_json_lines) input.instead = batch.text.instead;
  ++report_.counts.rejected;
  ++report_.rejects[static_cast<std::size_t>(code)];
  output::RejectedLine line;
  line.file = input.path;
  line.line = input.lines + record.number + 1;
  line.byte = batch.text.offset + record.begin - batch.text.begin;
  line.fault = record.fault.get();
  line.has_raw = code != FaultCode::line_too_long;
  if (line.has_raw) line.raw = batch.original_of(record);
  add_first_reject(report_, code, {input.path, line.line, record.fault->pointer, record.fault->detail});
  if (gallery_.wants(*record.fault))
    gallery_.note_rejected(batch, record, entry_of(batch, record, record.fault->pointer));
  const auto number_offset = rejected_.add(line);
  if (!number_offset) return tl::unexpected(number_offset.error());
  return index_ != nullptr ? index_->add_rejected(*number_offset, line.line) : RunResult<void>();
}

RunResult<void> Committer::publish(output::ShardFile& shard) {
  if (images_) VISIONSHARD_TRY(images_->sync());
  if (auto completed = shard.complete(); !completed) return completed;
  output::Checkpoint checkpoint;
  {
    const std::lock_guard lock(checkpoints_mutex_);
    checkpoint = std::move(checkpoints_.extract(shard.index()).mapped());
  }
  checkpoint.shard = shard.info();
  checkpoint.written_ns = shard.written_ns();
  checkpoint.libraries = codec::needed_library_versions();
  // The bytes of a run that has converted nothing depend on no codec, and the self-test takes 6 ms.
  const Counts& counts = checkpoint.report.counts;
  if (counts.images_converted + counts.images_shrunk > 0) {
    if (codec_self_test_.empty()) codec_self_test_ = image::codec_self_test_digest(image::JpegXl::left_out);
    checkpoint.codec_self_test = codec_self_test_;
  }
  if (auto added = journal_.append(output::checkpoint_line(checkpoint)); !added) return added;
  if (auto published = shard.publish(); !published) return published;
  finished_.push_back(shard.info());
  if (on_shard_) on_shard_(shard.info());
  return {};
}

RunResult<void> Committer::finish() {
  if (open_shard_) {
    auto rejected_bytes = rejected_.save();
    if (!rejected_bytes) return tl::unexpected(rejected_bytes.error());
    output::Checkpoint end = checkpoint(first_unsaved_input_, report_.inputs.size());
    end.file = static_cast<std::uint32_t>(report_.inputs.size());
    end.rejected_bytes = *rejected_bytes;
    checkpoints_.emplace(open_shard_->index(), std::move(end));
    if (auto published = publish(*open_shard_); !published) return published;
  }
  if (finished_.size() != shards_opened_)
    return run_fault(fmt::format("{} shards were opened and {} finished; please report this defect", shards_opened_,
                                 finished_.size()));
  report_.shards = finished_;
  return rejected_.finish();
}

}  // namespace visionshard::conversion
