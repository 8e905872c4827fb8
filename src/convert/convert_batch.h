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

class ConvertBatch final : public line::LineBatch {
 public:
  std::vector<Segment> segments;
  std::vector<iovec> pieces;
  std::vector<std::shared_ptr<output::ShardFile>> closed;  // shards whose last byte lies in an earlier segment

  std::span<const iovec> pieces_of(const Segment& segment) const noexcept {
    return std::span(pieces).subspan(segment.first_piece, segment.pieces);
  }

  /// Appends a written line to the last segment.
  void append(const line::LineRecord& record);

  void clear() override {
    LineBatch::clear();
    segments.clear();
    pieces.clear();
    closed.clear();
  }
};

}  // namespace visionshard::conversion
