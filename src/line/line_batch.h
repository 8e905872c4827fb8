// A block of lines and the outcome of each.
#pragma once

#include <visionshard/report.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/batch.h"
#include "example/hidden_image.h"
#include "example/token_finder.h"
#include "layout/translate.h"
#include "layout/written_form.h"
#include "line/image_task.h"
#include "output/example_digest.h"
#include "output/example_keys.h"
#include "output/example_pictures.h"

namespace visionshard::line {

enum class LineState : std::uint8_t { undecided, written, rejected, excluded };

/// What few lines have, or lines with few of the options. Apart, since records are as long as short lines are: with
/// these in each of them a corpus of URLs took 1.03 of its time.
struct LineExtras {
  std::string text;  // of a line taken from a record of rejected.jsonl, with example::line_padding bytes after it
  std::unique_ptr<layout::ChatLine> chat;      // of a line in another layout, unless it is rejected
  std::uint32_t images_at = example::nowhere;  // where a list of images is put into a line of another layout
  example::Range empty_images;                 // what it replaces
  std::vector<layout::MarkWithoutImages> marks_without_images;  // where images become marks in a text
  bool is_chat_by_images = false;                               // without them it would be read in another layout
  static constexpr std::uint64_t not_written = 0;
  std::vector<std::uint64_t> level_bytes;  // the output bytes at each of LineContext::levels, or not_written
  example::HiddenImage hidden_image = example::HiddenImage::none;
  std::string hidden_pointer;                         // where there is one
  std::unique_ptr<output::ExampleKeys> keys;          // written, with LineContext::keys
  std::unique_ptr<output::ExamplePictures> pictures;  // written, with LineContext::hash_pictures
};

struct LineRecord {
  LineState state = LineState::undecided;
  Exclusion exclusion = Exclusion::none;  // excluded: why
  std::uint32_t begin = 0;                // in the block
  std::uint32_t end = 0;                  // without the line's ending
  std::uint32_t number = 0;               // in the batch, from 0
  std::uint32_t first_image = 0;
  std::uint32_t images = 0;        // tasks
  std::uint32_t kept_urls = 0;     // images without a task
  std::uint64_t output_bytes = 0;  // written: with the newline
  std::vector<example::Edit> edits;
  image::Conversions conversions;  // of the example itself, not of its images
  output::ExampleDigest digest{};  // written, with Duplicates::drop
  bool carriage_return = false;    // stands before the newline
  std::uint8_t methods = 0;        // of example::method, where the profile has rules for examples
  bool not_json_lines = false;     // rejected, since its whole file is not JSON Lines
  std::uint32_t text_tokens = 0;   // with LineOptions::max_tokens: an estimate
  std::unique_ptr<Fault> fault;
  std::unique_ptr<LineExtras> extras;

  LineExtras& with_extras() {
    if (!extras) extras = std::make_unique<LineExtras>();
    return *extras;
  }
  /// nullptr where the line has none.
  const layout::ChatLine* chat() const noexcept { return extras ? extras->chat.get() : nullptr; }

  /// The place in the input's line of a pointer into the line that is worked on.
  std::string original_pointer(std::string pointer) const {
    return chat() ? chat()->origins.original_pointer(pointer) : std::move(pointer);
  }
};

/// The lines of a block.
class LineBatch : public engine::Batch {
 public:
  std::uint64_t lines = 0;
  std::uint64_t blank = 0;
  std::uint64_t carriage_returns = 0;  // lines that end with one
  std::uint64_t byte_order_marks = 0;  // before lines, except one at the beginning of a file
  std::vector<LineRecord> records;     // of lines that are not blank
  std::vector<ImageTask> tasks;

  /// Of each element of Batch::pending: its task and its line.
  struct Place {
    std::uint32_t task;
    std::uint32_t record;
  };
  std::vector<Place> pending_places;

  /// The line that is worked on.
  std::string_view text_of(const LineRecord& record) const noexcept {
    return record.chat() ? record.chat()->line() : original_of(record);
  }
  /// The line as it came.
  std::string_view original_of(const LineRecord& record) const noexcept {
    if (is_unwrapped(record)) {
      const std::string_view padded = record.extras->text;
      return padded.substr(0, padded.size() - example::line_padding);
    }
    return as_text({text.block.data() + record.begin, record.end - record.begin});
  }
  /// Whether text_of() is a part of the block.
  static bool is_in_block(const LineRecord& record) noexcept { return !record.chat() && !is_unwrapped(record); }
  /// Whether the line was taken from a record of rejected.jsonl.
  static bool is_unwrapped(const LineRecord& record) noexcept { return record.extras && !record.extras->text.empty(); }
  std::span<ImageTask> tasks_of(const LineRecord& record) noexcept {
    return std::span(tasks).subspan(record.first_image, record.images);
  }
  std::span<const ImageTask> tasks_of(const LineRecord& record) const noexcept {
    return std::span(tasks).subspan(record.first_image, record.images);
  }
  ImageTask& pending_task(std::size_t index) noexcept { return tasks[pending_places[index].task]; }
  const ImageTask& pending_task(std::size_t index) const noexcept { return tasks[pending_places[index].task]; }
  /// The line of a pending image.
  std::string_view pending_line(std::size_t index) const noexcept {
    return text_of(records[pending_places[index].record]);
  }
  void add_pending(std::uint32_t task, std::uint32_t record) {
    pending.push_back({tasks[task].key, tasks[task].need_bytes, tasks[task].max_need_bytes});
    pending_places.push_back({task, record});
  }

  void clear() override {
    Batch::clear();
    lines = blank = carriage_returns = byte_order_marks = 0;
    records.clear();
    tasks.clear();
    pending_places.clear();
  }
};

}  // namespace visionshard::line
