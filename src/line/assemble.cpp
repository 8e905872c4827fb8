#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/sha256.h"
#include "base64/base64.h"
#include "layout/written_form.h"
#include "line/example_keys.h"
#include "line/example_pictures.h"
#include "line/exclude.h"
#include "line/line_cutter.h"
#include "line/payload.h"
#include "line/stages.h"
#include "output/image_folder.h"

namespace visionshard::line {
namespace {

using image::Conversion;

// Removes a dropped part together with one comma. `earlier_kept`: some part before it stays.
example::Edit removal(const ImageTask& task, bool earlier_kept) {
  if (earlier_kept) return {task.previous_end, task.part.end, {}, nullptr};
  return {task.part.begin, task.next_begin, {}, nullptr};
}

layout::WrittenForm form_of(const LineContext& context) {
  return layout::written_form(context.line.layout, context.line.images);
}

// Drops refused images where the options allow it. Returns false where the line must be rejected or excluded.
bool apply_refusals(LineBatch& batch, LineRecord& record, const LineContext& context) {
  const auto tasks = batch.tasks_of(record);
  std::uint64_t kept_images = 0;
  std::uint32_t dropped_here = 0;
  ImageTask* first_dropped = nullptr;  // of the message
  for (ImageTask& task : tasks) {
    if (first_dropped != nullptr && (task.message != first_dropped->message || task.branch != first_dropped->branch))
      first_dropped = nullptr;
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
    record.edits.push_back(form_of(context) == layout::WrittenForm::marks
                               ? example::Edit{task.part.begin, task.part.end, {}, nullptr}
                               : removal(task, dropped_here < task.index));
    task.outcome = ImageOutcome::dropped;
    ++dropped_here;
  }
  return true;
}

// What the line would be without the images that were dropped. Returns false where it must be rejected or excluded.
bool check_without_images(const LineBatch& batch, LineRecord& record) {
  if (!record.extras || (record.extras->marks_without_images.empty() && !record.extras->is_chat_by_images)) return true;
  const auto tasks = batch.tasks_of(record);
  const auto is_dropped = [](const ImageTask& task) { return task.outcome == ImageOutcome::dropped; };
  const auto dropped = std::ranges::find_if(tasks, is_dropped);
  if (dropped == tasks.end()) return true;
  for (const auto& [between, images] : record.extras->marks_without_images) {
    const auto first =
        std::ranges::lower_bound(tasks, between.begin, {}, [](const ImageTask& t) { return t.part.begin; });
    const auto last = std::ranges::lower_bound(tasks, between.end, {}, [](const ImageTask& t) { return t.part.begin; });
    if (last - first == images && std::all_of(first, last, is_dropped))
      return reject(record, {FaultCode::image_count, pointer_to(*first),
                             "without this image the texts around it would be an \"<image>\" of their own"});
  }
  if (!record.extras->is_chat_by_images || record.kept_urls > 0 || !std::ranges::all_of(tasks, is_dropped)) return true;
  return reject(record, {FaultCode::image_count, pointer_to(*dropped),
                         "without this image the line would be read in another layout, by its \"images\", \"image\" "
                         "or \"system\""});
}

// The tokens of the line's images. A picture that is not here takes at least the tokens of a small one.
struct LineTokens {
  std::uint64_t of_images = 0;
  std::uint64_t by_url = 0;  // images

  std::uint64_t measured() const noexcept { return of_images - by_url * tokens_of_image_by_url; }
};

// Whether so few images as the line has keep within the profile's limit, whatever their sizes.
bool keeps_image_tokens(const LineBatch& batch, const LineRecord& record, const LineContext& context) {
  // 768 by 2048 pixels: 8 tiles, the most that a picture is scaled to.
  constexpr std::uint64_t most_of_an_image = 1445;
  return batch.tasks_of(record).size() <= context.limits.max_image_tokens / most_of_an_image;
}

constexpr std::size_t as_converted = SIZE_MAX;

LineTokens image_tokens_of(const LineBatch& batch, const LineRecord& record, std::size_t level) {
  LineTokens tokens{record.kept_urls * tokens_of_image_by_url, record.kept_urls};
  for (const ImageTask& task : batch.tasks_of(record)) {
    if (task.outcome == ImageOutcome::dropped) continue;
    const bool is_measured = level != as_converted && task.converted && !task.converted->levels.empty();
    tokens.by_url += task.facts_before.format.empty();
    tokens.of_images += task.facts_before.format.empty() ? tokens_of_image_by_url
                        : is_measured ? tile_tokens(task.converted->levels[level].size, task.model_detail)
                                      : task.tokens_after;
  }
  return tokens;
}

// Its present length, with each value's length replaced by the one at the level.
void measure_line(const LineBatch& batch, LineRecord& record, const LineContext& context) {
  std::vector<std::uint64_t>& level_bytes = record.with_extras().level_bytes;
  level_bytes.assign(context.levels.size(), record.output_bytes);
  for (const ImageTask& task : batch.tasks_of(record)) {
    if (task.outcome == ImageOutcome::dropped || !task.converted || task.converted->levels.empty()) continue;
    for (std::size_t i = 0; i < context.levels.size(); ++i)
      level_bytes[i] = level_bytes[i] - (task.value.size() - 2) + task.converted->levels[i].chars;
  }
  if (context.line.max_tokens == no_limit && keeps_image_tokens(batch, record, context)) return;
  for (std::size_t i = 0; i < context.levels.size(); ++i) {
    const LineTokens tokens = image_tokens_of(batch, record, i);
    if (tokens.of_images + record.text_tokens > context.line.max_tokens ||
        tokens.measured() > context.limits.max_image_tokens)
      level_bytes[i] = LineExtras::not_written;
  }
}

// Returns false where the line must be rejected.
bool check_tokens(const LineBatch& batch, LineRecord& record, const LineContext& context) {
  const LineTokens images = image_tokens_of(batch, record, as_converted);
  const std::uint64_t tokens = images.of_images + record.text_tokens;
  return tokens <= context.line.max_tokens ||
         reject(record,
                {FaultCode::too_many_tokens, "",
                 fmt::format(
                     "the example takes about {} tokens, {} for its images{} and an estimate of {} for "
                     "its text, over the limit of {} (--max-tokens)",
                     tokens, images.of_images,
                     images.by_url > 0 ? fmt::format(" ({} by URL, each taken for the smallest)", images.by_url) : "",
                     record.text_tokens, context.line.max_tokens)});
}

// By the profile: the provider cuts off what does not fit, and with it the answer. Returns false where the line must be
// rejected.
bool check_image_tokens(const LineBatch& batch, LineRecord& record, const LineContext& context) {
  if (keeps_image_tokens(batch, record, context)) return true;
  const std::uint64_t limit = context.limits.max_image_tokens;
  const std::uint64_t tokens = image_tokens_of(batch, record, as_converted).measured();
  return tokens <= limit ||
         reject(record, {FaultCode::too_many_tokens, "",
                         fmt::format("the example's images take {} tokens, over the limit of {} that the provider "
                                     "has for them; use fewer or smaller images",
                                     tokens, limit)});
}

// A task's URL as it is written, without quotes: a new header and the rest of the old text, or one of both.
std::array<std::string_view, 2> written_url(const ImageTask& task, std::string_view line) {
  const std::uint32_t begin = task.value.begin + 1, end = task.value.end - 1;
  if (task.edit.text.empty()) return {line.substr(begin, end - begin), {}};
  return {as_text(task.edit.text), line.substr(task.edit.end, end - task.edit.end)};
}

// Replaces a data URL by the path of a file that the committer writes.
void move_to_file(ImageTask& task, std::string_view line) {
  auto [header, base64] = written_url(task, line);
  constexpr std::string_view scheme = "data:";
  if (!header.starts_with(scheme)) return;  // on the web
  if (base64.empty()) {
    base64 = header.substr(header.find(',') + 1);
    header = header.substr(0, header.size() - base64.size());
  }
  Bytes file(base64::decode_capacity(base64.size()));
  const base64::Decoded decoded = base64::decode(base64, file.data());
  task.file = std::make_unique<ImageFile>();
  task.file->path = output::image_path(file.view().first(decoded.bytes),
                                       header.substr(scheme.size(), header.find(';') - scheme.size()));
  task.file->base64 = base64;
  task.file->holder = std::move(task.edit.owner);
  auto path = std::make_shared<const std::string>(task.file->path);
  replace_value(task, as_bytes(*path), path);
}

// Puts what stands for an image in the place of each, and their URLs or paths beside the messages.
void list_images(LineBatch& batch, LineRecord& record, layout::WrittenForm form) {
  if (!record.extras || record.extras->images_at == example::nowhere) return;
  const std::uint32_t at = record.extras->images_at;
  const auto insert = [&](std::string_view text, std::shared_ptr<const void> owner = {}) {
    record.edits.push_back({at, at, as_bytes(text), std::move(owner)});
  };
  std::string_view before = ",\"images\":[\"";
  for (ImageTask& task : batch.tasks_of(record)) {
    if (task.outcome == ImageOutcome::dropped) continue;
    const auto [first, rest] = written_url(task, batch.text_of(record));
    record.edits.push_back({task.part.begin, task.part.end, as_bytes(layout::image_stand_in(form)), nullptr});
    insert(before);
    insert(first, std::move(task.edit.owner));
    if (!rest.empty()) insert(rest);
    before = "\",\"";
  }
  insert(before.front() == ',' ? ",\"images\":[]" : "\"]");
  // After what is inserted where it begins.
  const example::Range empty = record.extras->empty_images;
  if (empty.size() > 0) record.edits.push_back({empty.begin, empty.end, {}, nullptr});
}

bool is_for_local_trainer(const LineContext& context) noexcept {
  return context.line.layout != OutputLayout::chat || context.line.images == ImagePlace::files;
}

// Moves images to files and to the list beside the messages. Whether they still stand in their parts.
[[gnu::noinline]] bool place_images(LineBatch& batch, LineRecord& record, const LineContext& context) {
  if (context.line.images == ImagePlace::files)
    for (ImageTask& task : batch.tasks_of(record))
      if (task.outcome != ImageOutcome::dropped) move_to_file(task, batch.text_of(record));
  const layout::WrittenForm form = form_of(context);
  if (form != layout::WrittenForm::chat) list_images(batch, record, form);
  return form == layout::WrittenForm::chat;
}

void assemble_line(LineBatch& batch, LineRecord& record, const LineContext& context) {
  if (record.state != LineState::undecided || !apply_refusals(batch, record, context) ||
      !check_without_images(batch, record))
    return;
  if (context.levels.empty()) {
    if (context.line.max_tokens != no_limit && !check_tokens(batch, record, context)) return;
    if (!check_image_tokens(batch, record, context)) return;
  }
  const bool in_place = !is_for_local_trainer(context) || place_images(batch, record, context);
  for (ImageTask& task : batch.tasks_of(record)) {
    if (task.outcome == ImageOutcome::dropped || !in_place) continue;
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
  for (LineRecord& record : batch.records) {
    catch_to_rejection(record, [&] { assemble_line(batch, record, context); });
    if (record.fault && record.chat()) {
      record.fault->pointer = record.original_pointer(std::move(record.fault->pointer));
      record.extras->chat.reset();
    }
  }
  if (context.line.duplicates == Duplicates::drop) digest_examples(batch);
  if (context.keys != KeyKind::none) add_keys(batch, context);
  if (context.hash_pictures) add_pictures(batch);
}

}  // namespace visionshard::line
