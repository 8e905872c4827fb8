#include "pipeline/commit.h"

#include <fmt/format.h>

#include "pipeline/image_slot.h"
#include "shard/output_directory.h"

namespace visionshard::pipeline {

Committer::Committer(const ConvertOptions& options, std::vector<std::string> sources)
    : directory_(options.output.keeps_nothing() ? "" : options.output.directory),
      prefix_(options.output.prefix),
      measure_(options.image.measure),
      rejected_(in_directory(fmt::format("{}/{}", shard::work_directory_name, shard::rejected_name)),
                in_directory(shard::rejected_name), options.output.rejects),
      planner_(options.limits.max_shard_bytes, options.limits.max_image_examples) {
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
  std::uint64_t images = 0;
  for (const ImageSlot& slot : std::span(batch.slots).subspan(record.first_image, record.images)) {
    switch (slot.outcome) {
      case ImageOutcome::kept: ++counts.images_kept; break;
      case ImageOutcome::relabelled: ++counts.images_relabelled; break;
      case ImageOutcome::converted: ++counts.images_converted; break;
      case ImageOutcome::shrunk: ++counts.images_shrunk; break;
      default: ++counts.images_dropped; continue;
    }
    ++images;
    if (slot.reduced) {
      ReducedImages& reduced = report_.reduced;
      ++reduced.images;
      reduced.bytes_before += slot.reduced->bytes_before;
      reduced.bytes_after += slot.reduced->bytes_after;
      reduced.tokens_before += slot.reduced->tokens_before;
      reduced.tokens_after += slot.reduced->tokens_after;
    }
    if (measure_ && slot.outcome == ImageOutcome::shrunk) add_measured(batch, record, slot);
    count_conversions(slot.conversions);
  }
  count_conversions(record.conversions);
  counts.images += images;
  ++counts.written;

  const auto place = planner_.place(record.output_bytes, images > 0);
  if (place.opens) {
    if (open_shard_) batch.closed.push_back(std::move(open_shard_));
    auto created = shard::ShardFile::create(directory_, shard::shard_name(prefix_, shards_opened_), shards_opened_);
    ++shards_opened_;
    if (!created) return tl::unexpected(created.error());
    open_shard_ = std::move(*created);
  }
  if (place.opens || batch.segments.empty())
    batch.segments.push_back({open_shard_, place.offset, batch.pieces.size(), 0});
  open_shard_->count(record.output_bytes, images);
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

void Committer::count_conversions(image::Conversions conversions) {
  conversions.each([&](image::Conversion c) {
    const std::string_view kind = image::name(c);
    auto found = report_.conversions.find(kind);
    if (found == report_.conversions.end()) found = report_.conversions.emplace(kind, 0).first;
    ++found->second;
  });
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
  report_.first_rejects.try_emplace(code, FirstReject{input.path, line.line, record.fault->detail});
  return rejected_.add(line);
}

RunResult<void> Committer::publish(shard::ShardFile& shard) {
  auto finished = shard.finish();
  if (!finished) return tl::unexpected(finished.error());
  finished_.push_back(std::move(*finished));
  return {};
}

RunResult<void> Committer::finish() {
  if (open_shard_) {
    if (auto completed = open_shard_->hash_rest(); !completed) return completed;
    if (auto published = publish(*open_shard_); !published) return published;
  }
  report_.shards = finished_;
  return rejected_.finish();
}

}  // namespace visionshard::pipeline
