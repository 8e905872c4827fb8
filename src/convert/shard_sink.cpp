#include "convert/shard_sink.h"

namespace visionshard::conversion {

void ShardSink::digest(const engine::Batch& batch) {
  const auto& own = static_cast<const ConvertBatch&>(batch);
  for (const Segment& segment : own.segments) segment.shard->hash(own.pieces_of(segment));
}

RunResult<std::size_t> ShardSink::write(engine::Batch& batch) {
  auto& own = static_cast<ConvertBatch&>(batch);
  for (const Segment& segment : own.segments)
    if (auto written = segment.shard->write(own.pieces_of(segment), segment.offset); !written)
      return tl::unexpected(written.error());
  const std::lock_guard lock(mutex_);
  for (auto& shard : own.closed) completed_.push_back(std::move(shard));
  return std::exchange(own.closed, {}).size();
}

RunResult<void> ShardSink::publish() {
  std::shared_ptr<output::ShardFile> shard;
  {
    const std::lock_guard lock(mutex_);
    shard = std::move(completed_.front());
    completed_.pop_front();
  }
  return committer_.publish(*shard);
}

}  // namespace visionshard::conversion
