// What travels through the pipeline: a block of lines and what became of each.
#pragma once

#include <visionshard/image_statistics.h>
#include <visionshard/tokens.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "check/finding_code.h"
#include "engine/tsan_fence.h"
#include "example/example_spans.h"
#include "example/splice.h"
#include "image/conversion.h"
#include "image/conversion_plan.h"
#include "input/block_reader.h"
#include "output/example_digest.h"
#include "output/shard_file.h"

namespace visionshard::pipeline {

/// What tells an image from others within a run: a keyed hash of its bytes, their number, and whether the model looks
/// at less of it, where it is then reduced to less.
struct ImageKey {
  std::array<std::uint64_t, 2> hash{};
  std::uint64_t bytes = 0;
  bool low_detail = false;

  bool operator==(const ImageKey&) const = default;
};

struct ConvertedImage;

enum class ImageOutcome : std::uint8_t { kept, relabelled, converted, shrunk, dropped, pending, refused };

/// An image with fewer pixels or less quality than it came with.
struct Reduced {
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  ImageTokens tokens_before;
  ImageTokens tokens_after;
};

/// One image value of a line that may still be written.
struct ImageTask {
  ImageOutcome outcome = ImageOutcome::kept;
  bool string_form = false;  // "image_url": U
  image::Conversions conversions;
  example::Range value;        // the URL with its quotes
  std::uint32_t message = 0;   // for the pointer
  std::uint32_t index = 0;     // of the part in its content array
  std::uint32_t siblings = 0;  // parts in that array
  example::Range part;
  std::uint32_t previous_end = 0;  // of the part before, where there is one
  std::uint32_t next_begin = 0;    // of the part after, where there is one
  example::Edit edit;              // none where its text is empty
  example::Edit detail;            // likewise
  std::unique_ptr<Fault> fault;
  std::uint64_t need_bytes = 0;                      // pending: memory to carry the plan out
  ImageKey key;                                      // pending: of the image as it came
  ImageDetail sees = ImageDetail::automatic;         // what the model looks at
  ImageFacts came, became;                           // of an image that was looked at
  std::uint32_t tokens_came = 0, tokens_became = 0;  // ImageTokens::tiles
  std::shared_ptr<const ConvertedImage> converted;   // where it has been
};

enum class LineState : std::uint8_t { undecided, written, rejected };

struct LineRecord {
  LineState state = LineState::undecided;
  std::uint32_t begin = 0;   // in the block
  std::uint32_t end = 0;     // without the line's ending
  std::uint32_t number = 0;  // within the batch, from 0
  std::uint32_t first_image = 0;
  std::uint32_t images = 0;                // tasks
  std::uint64_t output_bytes = 0;          // written: with the newline
  std::vector<std::uint64_t> level_bytes;  // the same at each of LineContext::levels
  std::unique_ptr<std::string> text;       // of a line taken from a record of rejected.jsonl, with padding after it
  std::size_t text_bytes = 0;
  std::vector<example::Edit> edits;
  image::Conversions conversions;  // of the example, not of its images
  example::HiddenImage hidden_image = example::HiddenImage::none;
  std::string hidden_pointer;      // where there is one
  output::ExampleDigest digest{};  // written, with Duplicates::drop
  bool of_file = false;            // rejected since its file is no JSON Lines
  std::unique_ptr<Fault> fault;
};

/// A run of lines for one shard.
struct Segment {
  std::shared_ptr<output::ShardFile> shard;
  std::uint64_t offset = 0;
  std::size_t first_piece = 0;
  std::size_t pieces = 0;
};

/// What `check` found in a line.
struct LineFinding {
  std::uint32_t record;
  std::uint32_t at;  // in the line
  FindingCode code;
  std::string pointer;
  std::string detail;
};

/// An image value as `check` found it. Without a format it could not be read.
struct SeenImage {
  std::uint32_t record = 0;
  bool is_url = false;
  codec::Format format = codec::Format::unknown;
  std::string_view mode;
  ImageSize size;
  std::uint64_t bytes = 0;
  ImageTokens tokens;
};

struct Batch;

/// One pending image: an index into Batch::pending.
struct ImageWork {
  Batch* batch;
  std::size_t pending_index;
};

struct Batch {
  std::uint64_t sequence = 0;
  input::TextBlock text;
  std::uint64_t lines = 0;
  std::uint64_t blank = 0;
  std::uint64_t carriage_returns = 0;  // lines that end with one
  std::uint64_t byte_order_marks = 0;  // before lines, but for one at the beginning of a file
  std::vector<LineRecord> records;     // of lines that are not blank
  std::vector<ImageTask> tasks;
  std::vector<std::uint32_t> pending;       // tasks that need admission, in line order
  std::vector<std::uint32_t> pending_line;  // and the record each belongs to
  std::size_t next_pending = 0;             // the first not yet admitted
  std::atomic<std::uint32_t> unfinished{0};
  TsanFence handed_on;                // from one node to the next
  std::vector<LineFinding> findings;  // of `check`
  std::vector<SeenImage> seen;        // likewise
  std::vector<Segment> segments;
  std::vector<iovec> pieces;
  std::vector<std::shared_ptr<output::ShardFile>> closed;  // shards whose last byte lies in an earlier segment
  std::uint64_t block_cost = 0;                            // reserved for the text and, until it is inspected, payloads

  std::string_view line(const LineRecord& record) const noexcept {
    if (record.text) return std::string_view(*record.text).substr(0, record.text_bytes);
    return as_text({text.block.data() + record.begin, record.end - record.begin});
  }

  ImageTask& task(std::size_t pending_index) noexcept { return tasks[pending[pending_index]]; }

  /// Ready for the next block: lets results go, keeps the memory for lines.
  void reset() {
    lines = blank = carriage_returns = byte_order_marks = 0;
    records.clear();
    tasks.clear();
    pending.clear();
    pending_line.clear();
    next_pending = 0;
    unfinished = 0;
    findings.clear();
    seen.clear();
    segments.clear();
    pieces.clear();
    closed.clear();
  }
};

}  // namespace visionshard::pipeline
