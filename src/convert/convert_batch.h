// A block of lines with the places in shards where they are written.
#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>
#include <vector>

#include "line/line_batch.h"
#include "output/shard_file.h"

namespace visionshard::conversion {

/// Consecutive lines for one shard.
struct Segment {
  std::shared_ptr<output::ShardFile> shard;
  std::uint64_t offset = 0;
  std::size_t first_piece = 0;
  std::size_t pieces = 0;
};

/// Consecutive lines of the block that are written as they came, and of which nothing is counted but URLs. A corpus of
/// text and URLs has no others: committed one by one they took 8 % of its time, and one thread waited for the other.
struct UntouchedRun {
  std::uint32_t first_record = 0;
  std::uint32_t begin = 0;   // in the block
  std::uint8_t methods = 0;  // of each: LineRecord::methods
  output::ExampleSum sum;
};

class ConvertBatch final : public line::LineBatch {
 public:
  std::vector<Segment> segments;
  std::vector<iovec> pieces;
  std::vector<std::shared_ptr<output::ShardFile>> closed;  // shards whose last byte lies in an earlier segment
  std::vector<UntouchedRun> untouched;                     // in the order of the lines; filled by find_untouched_runs()

  std::span<const iovec> pieces_of(const Segment& segment) const noexcept {
    return std::span(pieces).subspan(segment.first_piece, segment.pieces);
  }

  /// When the outcomes of the lines are decided: finds runs of at least two lines.
  void find_untouched_runs();

  /// Appends a written line to the last segment.
  void append(const line::LineRecord& record);
  /// Appends all lines of a run to the last segment.
  void append(const UntouchedRun& run);

  void clear() override {
    LineBatch::clear();
    segments.clear();
    pieces.clear();
    closed.clear();
    untouched.clear();
  }
};

}  // namespace visionshard::conversion
