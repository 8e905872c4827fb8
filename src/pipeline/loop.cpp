#include "pipeline/graph.h"

namespace visionshard::pipeline {

void run_loop(Stages s) {
  Scratch scratch;
  Batch batch;
  while (!s.state.stopping()) {
    bool end = false;
    s.state.run([&] {
      batch.reset();
      auto next = s.reader.next(batch.text, SIZE_MAX);
      if (!next) return s.state.fail(std::move(next.error()));
      end = *next == input::Next::end;
      if (end) return;
      inspect(batch, s.context, scratch);
      for (std::size_t i = 0; i < batch.pending.size() && !s.state.failed(); ++i) {
        const ImageWork work{&batch, i};
        SharedConversion converted;
        if (s.context.cache->claim(batch.slot(i).key, work, converted) == ConversionCache::Claim::owned) {
          s.context.cache->make_room(batch.slot(i).need_bytes);
          converted = convert_image(work, s.context);
          s.context.cache->publish(batch.slot(i).key, converted);
        }
        settle_image(work, converted);
      }
      assemble(batch, s.context);
    });
    if (end) return;
    s.state.run_checked([&] { return s.committer.commit(batch); });
    s.state.run_checked([&] { return s.committer.store(batch); });
    s.state.run([&] { s.committer.digest(batch); });
    for (const auto& shard : batch.closed) {
      s.state.run_checked([&] { return shard->hash_rest(); });
      s.state.run_checked([&] { return s.committer.publish(*shard); });
    }
    if (s.progress) s.progress(s.committer.report().counts, s.committer.report().input_bytes);
  }
}

}  // namespace visionshard::pipeline
