#include <fmt/format.h>

#include "base/sha256.h"
#include "line/example_keys.h"
#include "line/exclude.h"
#include "line/line_cutter.h"
#include "line/payload.h"
#include "line/stages.h"

namespace visionshard::line {
namespace {

using image::Conversion;

// Removes a dropped part together with one comma. `earlier_kept`: some part before it stays.
example::Edit removal(const ImageTask& task, bool earlier_kept) {
  if (earlier_kept) return {task.previous_end, task.part.end, {}, nullptr};
  return {task.part.begin, task.next_begin, {}, nullptr};
}

// Drops refused images where the options allow it. Returns false where the line must be rejected or excluded.
bool apply_refusals(LineBatch& batch, LineRecord& record, const LineContext& context) {
  const auto tasks = batch.tasks_of(record);
  std::uint64_t kept_images = 0;
  std::uint32_t dropped_here = 0;
  ImageTask* first_dropped = nullptr;  // of the message
  for (ImageTask& task : tasks) {
    if (first_dropped != nullptr && task.message != first_dropped->message) first_dropped = nullptr;
    if (first_dropped == nullptr) dropped_here = 0;
    if (task.outcome != ImageOutcome::refused) {
      if (++kept_images > context.limits.max_images_per_example) {
        return reject(record, {FaultCode::too_many_images, pointer_to(task),
                               fmt::format("the example has more than {} images (--max-images-per-example)",
                                           context.limits.max_images_per_example)});
      }
      continue;
    }
    const bool excluded = task.exclusion != Exclusion::none;
    const bool drops =
        excluded || task.fault->code == FaultCode::assistant_image || context.line.on_bad_image == OnBad::drop;
    // Without any part the content would be an empty array, which is not a valid message.
    const bool leaves_none = dropped_here == task.index && task.index + 1 == task.siblings;
    if (!drops || (!excluded && task.fault->code == FaultCode::internal_error))
      return reject(record, std::move(*task.fault));
    if (first_dropped == nullptr) first_dropped = &task;
    if (leaves_none)
      return first_dropped->fault ? reject(record, std::move(*first_dropped->fault))
                                  : exclude(record, first_dropped->exclusion);
    record.edits.push_back(removal(task, dropped_here < task.index));
    task.outcome = ImageOutcome::dropped;
    ++dropped_here;
  }
  return true;
}

// The line's length at each level: its present length, with each value's length replaced by the one at that level.
void measure_line(const LineBatch& batch, LineRecord& record, const LineContext& context) {
  record.level_bytes.assign(context.levels.size(), record.output_bytes);
  for (const ImageTask& task : batch.tasks_of(record)) {
    if (task.outcome == ImageOutcome::dropped || !task.converted || task.converted->level_chars.empty()) continue;
    for (std::size_t i = 0; i < context.levels.size(); ++i)
      record.level_bytes[i] = record.level_bytes[i] - (task.value.size() - 2) + task.converted->level_chars[i];
  }
}

// Returns false where the line must be rejected. A picture that is not here takes at least the tokens of a small one.
bool check_tokens(const LineBatch& batch, LineRecord& record, const LineContext& context) {
  std::uint64_t by_url = record.kept_urls, image_tokens = by_url * tokens_of_image_by_url;
  for (const ImageTask& task : batch.tasks_of(record)) {
    if (task.outcome == ImageOutcome::dropped) continue;
    by_url += task.facts_before.format.empty();
    image_tokens += task.facts_before.format.empty() ? tokens_of_image_by_url : task.tokens_after;
  }
  const std::uint64_t tokens = image_tokens + record.text_tokens;
  return tokens <= context.line.max_tokens ||
         reject(record, {FaultCode::too_many_tokens, "",
                         fmt::format("the example takes about {} tokens, {} for its images{} and an estimate of {} for "
                                     "its text, over the limit of {} (--max-tokens)",
                                     tokens, image_tokens,
                                     by_url > 0 ? fmt::format(" ({} by URL, each taken for the smallest)", by_url) : "",
                                     record.text_tokens, context.line.max_tokens)});
}

void assemble_line(LineBatch& batch, LineRecord& record, const LineContext& context) {
  if (record.state != LineState::undecided || !apply_refusals(batch, record, context)) return;
  if (context.line.max_tokens != no_limit && !check_tokens(batch, record, context)) return;
  for (ImageTask& task : batch.tasks_of(record)) {
    if (task.outcome == ImageOutcome::dropped) continue;
    if (task.string_form) {
      task.conversions.add(Conversion::url_object);
      record.edits.push_back({task.value.begin, task.value.begin, as_bytes("{\"url\":"), nullptr});
    }
    if (!task.edit.text.empty()) record.edits.push_back(std::move(task.edit));
    if (!task.detail.text.empty()) {
      task.conversions.add(Conversion::detail);
      record.edits.push_back(std::move(task.detail));
    }
    if (task.string_form) record.edits.push_back({task.value.end, task.value.end, as_bytes("}"), nullptr});
  }
  example::sort_edits(record.edits);
  record.output_bytes = example::spliced_bytes(batch.text_of(record), record.edits) + 1;
  if (!is_written_included(batch, record, context)) return;
  if (!context.levels.empty()) {
    measure_line(batch, record, context);
    record.state = LineState::written;
    return;
  }
  if (record.output_bytes > context.limits.max_shard_bytes) {
    reject(record, {FaultCode::example_too_large, "",
                    fmt::format("the example has {} bytes, over the limit of {} for a whole file (--max-shard-bytes)",
                                record.output_bytes, context.limits.max_shard_bytes)});
    return;
  }
  record.state = LineState::written;
}

// Digests of the examples as they are written, to find duplicates.
void digest_examples(LineBatch& batch) {
  Sha256 digest;
  std::vector<iovec> pieces;
  for (LineRecord& record : batch.records) {
    if (record.state != LineState::written) continue;
    pieces.clear();
    example::append_pieces(batch.text_of(record), record.edits, pieces);
    for (const iovec& piece : pieces) digest.update({static_cast<const std::byte*>(piece.iov_base), piece.iov_len});
    record.digest = output::example_digest(digest.finish());
  }
}

}  // namespace

void assemble(LineBatch& batch, const LineContext& context) {
  for (LineRecord& record : batch.records) catch_to_rejection(record, [&] { assemble_line(batch, record, context); });
  if (context.line.duplicates == Duplicates::drop) digest_examples(batch);
  if (context.keys != KeyKind::none) add_keys(batch, context);
}

}  // namespace visionshard::line
