// Converts lines and hands them to a committer and its shards; for a whole corpus or a part of one.
#pragma once

#include <visionshard/options.h>

#include <functional>
#include <memory>
#include <string>

#include "convert/committer.h"
#include "convert/shard_sink.h"
#include "engine/batch_processor.h"
#include "line/line_context.h"

namespace visionshard::conversion {

/// The context of the lines of a run with these options, without a cache. `image_root` is the folder of the option, or
/// empty; `store` that of the options, or nullptr. Fault: the folder cannot be opened.
RunResult<line::LineContext> line_context(const ConvertOptions& options, engine::Budget& budget,
                                          const std::string& image_root,
                                          std::shared_ptr<const store::StoreReader> store);

class ConvertProcessor final : public engine::BatchProcessor {
 public:
  /// Called after the commit of each batch.
  using OnCommit = std::function<void(const RunReport& so_far, const input::TextBlock& text)>;

  /// Both must outlive the processor.
  ConvertProcessor(const line::LineContext& context, Committer& committer, OnCommit on_commit)
      : context_(context), committer_(committer), sink_(committer), on_commit_(std::move(on_commit)) {}

  std::unique_ptr<engine::Batch> make_batch() const override;
  std::unique_ptr<engine::Scratch> make_scratch() const override;
  RunResult<void> parse(engine::Batch& batch, engine::Scratch& scratch) const override;
  RunResult<engine::SharedResult> convert(engine::ImageWork work) const override;
  void apply(engine::ImageWork work, const engine::SharedResult& result) const override;
  void assemble(engine::Batch& batch) const override;
  RunResult<void> commit(engine::Batch& batch) override;
  engine::Sink* sink() noexcept override { return &sink_; }

 private:
  const line::LineContext& context_;
  Committer& committer_;
  ShardSink sink_;
  OnCommit on_commit_;
};

}  // namespace visionshard::conversion
