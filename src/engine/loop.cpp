#include "engine/graph.h"
#include "engine/segments.h"
#include "line/image_task.h"

namespace visionshard::pipeline {

void run_loop(Stages s) {
  Scratch scratch;
  Batch batch;
  while (!s.state.stopping()) {
    bool end = false;
    s.state.run(Stage::read, [&] {
      batch.reset();
      auto next = s.reader.next(batch.text, SIZE_MAX);
      if (!next) return s.state.fail(std::move(next.error()));
      end = *next == input::Next::end;
    });
    if (end) return;
    s.state.run(Stage::inspect, [&] { s.job.inspect(batch, scratch); });
    for (std::size_t i = 0; i < batch.pending.size() && !s.state.stopping(); ++i) {
      s.state.guard([&] {
        const ImageWork work{&batch, i};
        SharedConversion converted;
        if (s.cache.claim(batch.task(i).key, work, converted) == ConversionCache::Claim::owned) {
          s.cache.make_room(batch.task(i).need_bytes);
          s.state.run(Stage::convert, [&] { converted = s.job.convert_image(work); });
          s.cache.publish(batch.task(i).key, converted);
        }
        if (!s.state.stopping()) apply_result(work, converted);
      });
    }
    s.state.run(Stage::assemble, [&] { s.job.assemble(batch); });
    s.state.run_checked(Stage::commit, [&] { return s.job.commit(batch); });
    s.state.run_to_end(Stage::digest, [&] { digest_bytes(batch); });
    s.state.run_checked_to_end(Stage::store, [&] { return store(batch); });
    for (const auto& shard : batch.closed)
      s.state.run_checked_to_end(Stage::publish, [&] { return s.job.publish(*shard); });
  }
}

}  // namespace visionshard::pipeline
