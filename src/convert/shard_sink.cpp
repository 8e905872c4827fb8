#include "convert/shard_sink.h"

namespace visionshard::conversion {

void ShardSink::digest(const engine::Batch& batch) {
  const auto& own = static_cast<const ConvertBatch&>(batch);
  for (const Segment& segment : own.segments) segment.shard->hash(own.pieces_of(segment));
}

RunResult<std::size_t> ShardSink::write(engine::Batch& batch) {
  auto& own = static_cast<ConvertBatch&>(batch);
  // Of a block of small shards the files would be more than a process may have open. Others are synced and closed when
  // they are published, where no thread waits for the disk.
  constexpr std::size_t max_open = 16;
  std::size_t open = own.closed.size();
  for (const Segment& segment : own.segments) {
    VISIONSHARD_TRY(segment.shard->write(own.pieces_of(segment), segment.offset));
    if (open > max_open && &segment != &own.segments.back()) {
      VISIONSHARD_TRY(segment.shard->close());
      --open;
    }
  }
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
