#include "engine/segments.h"

namespace visionshard::pipeline {

RunResult<void> store(const Batch& batch) {
  for (const Segment& segment : batch.segments) {
    const auto pieces = std::span(batch.pieces).subspan(segment.first_piece, segment.pieces);
    if (auto written = segment.shard->write(pieces, segment.offset); !written) return written;
  }
  return {};
}

void digest_bytes(const Batch& batch) {
  for (const Segment& segment : batch.segments)
    segment.shard->hash(std::span(batch.pieces).subspan(segment.first_piece, segment.pieces));
}

}  // namespace visionshard::pipeline
