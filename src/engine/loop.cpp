#include "engine/pipeline.h"

namespace visionshard::engine {
namespace {

// Only one image is converted at a time: cached results are dropped for it, and it runs however much it needs.
void convert(const Pipeline& p, ImageWork work) {
  const PendingImage& image = work.batch->pending[work.index];
  SharedResult result;
  if (p.cache.claim(image.key, work, result) == ConversionCache::Claim::owned) {
    const auto try_to_convert = [&] {
      p.cache.make_room(work.reserved_bytes());
      p.state.run_checked(Stage::convert, [&]() -> RunResult<void> {
        return p.processor.convert(work).map([&](SharedResult made) { result = std::move(made); });
      });
    };
    try_to_convert();
    if (!result && work.can_grow()) {
      work.has_max = true;
      try_to_convert();
    }
    p.cache.publish(image.key, result);
  }
  if (!p.state.stopping()) p.processor.apply(work, result);
}

}  // namespace

void run_loop(const Pipeline& p) {
  const auto scratch = p.processor.make_scratch();
  const auto batch = p.processor.make_batch();
  Sink* const sink = p.processor.sink();
  while (!p.state.stopping()) {
    bool end = true;  // also where a stop comes before the read
    p.state.run(Stage::read, [&] {
      batch->clear();
      auto next = p.reader.next(batch->text, SIZE_MAX);
      if (!next) return p.state.fail(std::move(next.error()));
      end = *next == input::Next::end;
    });
    if (end) return;
    p.state.run_checked(Stage::parse, [&] { return p.processor.parse(*batch, *scratch); });
    for (std::size_t i = 0; i < batch->pending.size() && !p.state.stopping(); ++i)
      p.state.guard([&] { convert(p, {batch.get(), i}); });
    p.state.run(Stage::assemble, [&] { p.processor.assemble(*batch); });
    p.state.run_checked(Stage::commit, [&] { return p.processor.commit(*batch); });
    if (sink == nullptr) continue;
    std::size_t completed = 0;
    p.state.run_to_end(Stage::digest, [&] { sink->digest(*batch); });
    p.state.run_checked_to_end(Stage::write, [&]() -> RunResult<void> {
      return sink->write(*batch).map([&](std::size_t files) { completed = files; });
    });
    for (; completed > 0; --completed) p.state.run_checked_to_end(Stage::publish, [&] { return sink->publish(); });
  }
}

}  // namespace visionshard::engine
