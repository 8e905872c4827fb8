#include "fetch/collect_frontier.h"

#include <visionshard/options.h>

#include "base/machine.h"
#include "engine/pipeline.h"
#include "fetch/url_collector.h"
#include "input/source_list.h"

namespace visionshard::fetching {
namespace {

class UrlProcessor final : public engine::BatchProcessor {
 public:
  UrlProcessor(const FetchOptions& options, Frontier& frontier) : options_(options), frontier_(frontier) {
    line_.max_line_bytes = options.max_line_bytes;
  }

  std::unique_ptr<engine::Batch> make_batch() const override { return std::make_unique<UrlBatch>(); }
  std::unique_ptr<engine::Scratch> make_scratch() const override { return std::make_unique<line::Scratch>(); }
  RunResult<void> parse(engine::Batch& batch, engine::Scratch& scratch) const override {
    return collect_urls(static_cast<UrlBatch&>(batch), line_, static_cast<line::Scratch&>(scratch));
  }
  // No image waits to be converted.
  RunResult<engine::SharedResult> convert(engine::ImageWork) const override { return engine::SharedResult(); }
  void apply(engine::ImageWork, const engine::SharedResult&) const override {}
  void assemble(engine::Batch&) const override {}
  RunResult<void> commit(engine::Batch& batch) override {
    const auto& urls = static_cast<const UrlBatch&>(batch);
    for (const CollectedUrl& collected : urls.collected)
      if (collected.host % options_.tasks == options_.task)
        VISIONSHARD_TRY(frontier_.add(urls.url(collected), collected.key, collected.host));
    return {};
  }

 private:
  const FetchOptions& options_;
  Frontier& frontier_;
  LineOptions line_;
};

}  // namespace

RunResult<void> collect_frontier(const FetchOptions& options, const std::atomic<bool>& stop, Frontier& frontier) {
  auto sources = VISIONSHARD_TRY(input::list_sources(options.inputs));
  const Machine machine = machine_for(options.threads, options.memory_bytes);
  engine::Budget budget(machine.memory_bytes);
  engine::ConversionCache cache(budget);
  engine::RunState state(stop);
  input::BlockReader reader(std::move(sources), text_block_bytes(machine.memory_bytes), options.max_line_bytes);
  UrlProcessor processor(options, frontier);
  engine::run({reader, budget, cache, processor, state}, machine.threads);
  if (state.fault()) return tl::unexpected(*state.fault());
  if (stop) return interrupted();
  return {};
}

}  // namespace visionshard::fetching
