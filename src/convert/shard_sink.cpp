#include "convert/shard_sink.h"

namespace visionshard::conversion {

void ShardSink::digest(const engine::Batch& batch) {
  const auto& own = static_cast<const ConvertBatch&>(batch);
  for (const Segment& segment : own.segments) segment.shard->hash(own.pieces_of(segment));
}

RunResult<std::size_t> ShardSink::write(engine::Batch& batch) {
  auto& own = static_cast<ConvertBatch&>(batch);
  std::size_t ended = 0;
  for (const Segment& segment : own.segments) {
    while (ended < own.closed.size() && own.closed[ended] != segment.shard) VISIONSHARD_TRY(end(*own.closed[ended++]));
    VISIONSHARD_TRY(segment.shard->write(own.pieces_of(segment), segment.offset));
  }
  while (ended < own.closed.size()) VISIONSHARD_TRY(end(*own.closed[ended++]));
  const std::lock_guard lock(mutex_);
  for (auto& shard : own.closed) completed_.push_back(std::move(shard));
  return std::exchange(own.closed, {}).size();
}

// Small shards would be more than the files that a process may have open. They are synced when they are published,
// where no thread waits for the disk.
RunResult<void> ShardSink::end(output::ShardFile& shard) {
  constexpr std::size_t max_open = 16;
  if (!shard.is_open()) return {};
  {
    const std::lock_guard lock(mutex_);
    if (open_ < max_open) {
      ++open_;
      return {};
    }
  }
  return shard.release();
}

RunResult<void> ShardSink::publish() {
  std::shared_ptr<output::ShardFile> shard;
  {
    const std::lock_guard lock(mutex_);
    shard = std::move(completed_.front());
    completed_.pop_front();
    if (shard->is_open()) --open_;
  }
  return committer_.publish(*shard);
}

}  // namespace visionshard::conversion
