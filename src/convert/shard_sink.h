// Writes committed batches to their shards.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "convert/committer.h"
#include "engine/batch_processor.h"

namespace visionshard::conversion {

class ShardSink final : public engine::Sink {
 public:
  /// `committer` must outlive it.
  explicit ShardSink(Committer& committer) : committer_(committer) {}

  void digest(const engine::Batch& batch) override;
  RunResult<std::size_t> write(engine::Batch& batch) override;
  RunResult<void> publish() override;

 private:
  /// The shard's last byte was written.
  RunResult<void> end(output::ShardFile& shard);

  Committer& committer_;
  std::mutex mutex_;
  std::size_t open_ = 0;                                      // files of completed shards
  std::deque<std::shared_ptr<output::ShardFile>> completed_;  // written but not yet published, in order
};

}  // namespace visionshard::conversion
