#include "pipeline/commit.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/accounting.h"
#include "pipeline/image_slot.h"
#include "shard/output_directory.h"

namespace visionshard::pipeline {

namespace {

Durability durability_of(const ConvertOptions& options) {
  return options.output.sync ? Durability::synced : Durability::none;
}

}  // namespace

Committer::Committer(const ConvertOptions& options, std::vector<std::string> sources)
    : directory_(options.output.keeps_nothing() ? "" : options.output.directory),
      prefix_(options.output.prefix),
      measure_(options.image.measure),
      rejected_(in_directory(fmt::format("{}/{}", shard::work_directory_name, shard::rejected_name)),
                in_directory(shard::rejected_name), options.output.rejects, durability_of(options)),
      planner_(options.limits.max_shard_bytes, options.limits.max_image_examples),
      durability_(durability_of(options)) {
  for (std::string& path : sources) report_.inputs.push_back({std::move(path), 0, 0});
}

std::string Committer::in_directory(std::string_view name) const {
  return directory_.empty() ? "" : fmt::format("{}/{}", directory_, name);
}

RunResult<void> Committer::commit(Batch& batch) {
  for (LineRecord& record : batch.records) {
    if (record.state == LineState::undecided)
      return run_fault("a line left the pipeline without a verdict; please report this defect");
    auto added = record.state == LineState::written ? add_written(batch, record) : add_rejected(batch, record);
    if (!added) return added;
  }
  report_.counts.lines += batch.lines;
  report_.counts.blank += batch.blank;
  report_.inputs[batch.text.file].lines += batch.lines;
  report_.input_bytes += batch.text.text_bytes;
  return {};
}

RunResult<void> Committer::add_written(Batch& batch, LineRecord& record) {
  Counts& counts = report_.counts;
  const auto slots = std::span(batch.slots).subspan(record.first_image, record.images);
  const auto images = static_cast<std::uint64_t>(std::count_if(
      slots.begin(), slots.end(), [](const ImageSlot& slot) { return slot.outcome != ImageOutcome::dropped; }));
  const auto place = planner_.place(record.output_bytes, images > 0);
  if (place.opens)
    if (auto opened = open_shard(batch, record); !opened) return opened;
  for (const ImageSlot& slot : slots) {
    switch (slot.outcome) {
      case ImageOutcome::kept: ++counts.images_kept; break;
      case ImageOutcome::relabelled: ++counts.images_relabelled; break;
      case ImageOutcome::converted: ++counts.images_converted; break;
      case ImageOutcome::shrunk: ++counts.images_shrunk; break;
      default: ++counts.images_dropped; continue;
    }
    if (slot.reduced) {
      ReducedImages& reduced = report_.reduced;
      ++reduced.images;
      reduced.bytes_before += slot.reduced->bytes_before;
      reduced.bytes_after += slot.reduced->bytes_after;
      reduced.tokens_before += slot.reduced->tokens_before;
      reduced.tokens_after += slot.reduced->tokens_after;
    }
    count_image(slot);
    if (measure_ && slot.outcome == ImageOutcome::shrunk) add_measured(batch, record, slot);
    if (slot.sample) add_to_gallery(batch, record, pointer_to(slot), slot.sample);
    count_conversions(slot.conversions);
  }
  count_conversions(record.conversions);
  counts.images += images;
  ++counts.written;

  if (place.opens || batch.segments.empty())
    batch.segments.push_back({open_shard_, place.offset, batch.pieces.size(), 0});
  open_shard_->count(record.output_bytes, images);
  if (index_ != nullptr)
    if (auto added = index_->examples.add({record.output_bytes, images}); !added) return added;
  report_.output_bytes += record.output_bytes;

  // Lines that stand one behind the other in the block and did not change are one piece, newlines and all.
  const bool ends_with_newline = !record.text && batch.text.block.data()[record.end] == std::byte{'\n'};
  std::vector<iovec>& pieces = batch.pieces;
  const bool continues =
      batch.segments.back().first_piece < pieces.size() && !record.text &&
      static_cast<std::byte*>(pieces.back().iov_base) + pieces.back().iov_len == batch.text.block.data() + record.begin;
  const std::size_t before = pieces.size();
  rewrite::append_pieces(batch.line(record), record.edits, pieces);
  if (continues && pieces[before].iov_base == batch.text.block.data() + record.begin) {
    pieces[before - 1].iov_len += pieces[before].iov_len;
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(before));
  }
  static constexpr char newline[] = "\n";
  if (ends_with_newline &&
      static_cast<std::byte*>(pieces.back().iov_base) + pieces.back().iov_len == batch.text.block.data() + record.end)
    ++pieces.back().iov_len;
  else
    pieces.push_back({const_cast<char*>(newline), 1});
  batch.segments.back().pieces = pieces.size() - batch.segments.back().first_piece;
  return {};
}

RunResult<void> Committer::open_shard(Batch& batch, const LineRecord& record) {
  if (open_shard_) {
    if (auto taken = take_snapshot(batch, record); !taken) return taken;
    batch.closed.push_back(std::move(open_shard_));
  }
  auto created =
      shard::ShardFile::create(directory_, shard::shard_name(prefix_, shards_opened_), shards_opened_, durability_);
  if (!created) return tl::unexpected(created.error());
  ++shards_opened_;
  open_shard_ = std::move(*created);
  return {};
}

report::Snapshot Committer::snapshot_of_counts() const {
  report::Snapshot snapshot;
  RunReport& report = snapshot.report;
  report.counts = report_.counts;
  report.rejects = report_.rejects;
  report.first_rejects = report_.first_rejects;
  report.conversions = report_.conversions;
  report.inputs = report_.inputs;
  report.tries = report_.tries;
  report.reduced = report_.reduced;
  report.images_before = report_.images_before;
  report.images_after = report_.images_after;
  report.images_by_url = report_.images_by_url;
  report.input_bytes = report_.input_bytes;
  report.output_bytes = report_.output_bytes;
  return snapshot;
}

// Of the moment before `record`, which the next shard begins with.
RunResult<void> Committer::take_snapshot(const Batch& batch, const LineRecord& record) {
  auto rejected_bytes = rejected_.save();
  if (!rejected_bytes) return tl::unexpected(rejected_bytes.error());
  report::Snapshot snapshot = snapshot_of_counts();
  snapshot.file = batch.text.file;
  snapshot.offset = batch.text.offset + record.begin - batch.text.begin;
  snapshot.rejected_bytes = *rejected_bytes;
  // Lines are counted by the batch: those of this one that stand before the record are not among them yet.
  const auto records_before = static_cast<std::uint64_t>(&record - batch.records.data());
  snapshot.report.counts.lines += record.number;
  snapshot.report.counts.blank += record.number - records_before;
  snapshot.report.inputs[batch.text.file].lines += record.number;
  snapshot.report.input_bytes += record.begin;
  const std::lock_guard lock(snapshots_mutex_);
  snapshots_.emplace(open_shard_->index(), std::move(snapshot));
  return {};
}

RunResult<void> Committer::resume(const report::Snapshot& last, std::vector<ShardInfo> shards) {
  std::vector<InputFile> inputs = std::move(report_.inputs);
  if (last.report.inputs.size() != inputs.size()) return run_fault("the journal tells of other inputs");
  report_ = last.report;
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i].lines = report_.inputs[i].lines;
  report_.inputs = std::move(inputs);
  report_.lines_before_resumption = report_.counts.lines;
  shards_opened_ = shards.size();
  finished_ = std::move(shards);
  return rejected_.resume(last.rejected_bytes);
}

void Committer::count_conversions(image::Conversions conversions) {
  conversions.each([&](image::Conversion c) {
    const std::string_view kind = image::name(c);
    auto found = report_.conversions.find(kind);
    if (found == report_.conversions.end()) found = report_.conversions.emplace(kind, 0).first;
    ++found->second;
  });
}

void Committer::count_image(const ImageSlot& slot) {
  if (slot.came.format.empty()) {
    ++report_.images_by_url;
    return;
  }
  report_.images_before.add(slot.came, slot.tokens_came);
  report_.images_after.add(slot.became, slot.tokens_became);
}

// An image that stands on many lines is shown with the first.
void Committer::add_to_gallery(const Batch& batch, const LineRecord& record, std::string pointer,
                               const std::shared_ptr<const ImageSample>& sample) {
  std::vector<GalleryEntry>& gallery = report_.gallery;
  if (std::ranges::find(gallery, sample, &GalleryEntry::sample) != gallery.end()) return;
  const InputFile& input = report_.inputs[batch.text.file];
  gallery.push_back({input.path, input.lines + record.number + 1, std::move(pointer), sample});
}

void Committer::add_measured(const Batch& batch, const LineRecord& record, const ImageSlot& slot) {
  ++report_.tries[slot.tries];
  if (report_.measured.size() >= most_measured_images) return;
  const InputFile& input = report_.inputs[batch.text.file];
  report_.measured.push_back({input.path, input.lines + record.number + 1, pointer_to(slot), slot.tries, slot.psnr_db});
}

RunResult<void> Committer::add_rejected(const Batch& batch, const LineRecord& record) {
  const InputFile& input = report_.inputs[batch.text.file];
  const FaultCode code = record.fault->code;
  ++report_.counts.rejected;
  ++report_.rejects[static_cast<std::size_t>(code)];
  report::RejectedLine line;
  line.file = input.path;
  line.line = input.lines + record.number + 1;
  line.byte = batch.text.offset + record.begin - batch.text.begin;
  line.fault = record.fault.get();
  line.has_raw = code != FaultCode::line_too_long;
  if (line.has_raw) line.raw = batch.line(record);
  add_first_reject(report_, code, {input.path, line.line, record.fault->pointer, record.fault->detail});
  if (record.sample) add_to_gallery(batch, record, record.fault->pointer, record.sample);
  const auto number_offset = rejected_.add(line);
  if (!number_offset) return tl::unexpected(number_offset.error());
  return index_ != nullptr ? index_->rejects.add({*number_offset, line.line}) : RunResult<void>();
}

RunResult<void> Committer::publish(shard::ShardFile& shard) {
  report::Snapshot snapshot;
  {
    const std::lock_guard lock(snapshots_mutex_);
    snapshot = std::move(snapshots_.extract(shard.index()).mapped());
  }
  snapshot.shard = shard.info();
  if (auto told = journal_.append(report::snapshot_line(snapshot)); !told) return told;
  if (auto published = shard.publish(); !published) return published;
  finished_.push_back(shard.info());
  return {};
}

RunResult<void> Committer::finish() {
  if (open_shard_) {
    if (auto completed = open_shard_->complete(); !completed) return completed;
    auto rejected_bytes = rejected_.save();
    if (!rejected_bytes) return tl::unexpected(rejected_bytes.error());
    report::Snapshot end = snapshot_of_counts();
    end.file = static_cast<std::uint32_t>(report_.inputs.size());
    end.rejected_bytes = *rejected_bytes;
    snapshots_.emplace(open_shard_->index(), std::move(end));
    if (auto published = publish(*open_shard_); !published) return published;
  }
  if (finished_.size() != shards_opened_)
    return run_fault(fmt::format("{} shards were opened and {} finished; please report this defect", shards_opened_,
                                 finished_.size()));
  report_.shards = finished_;
  return rejected_.finish();
}

}  // namespace visionshard::pipeline
