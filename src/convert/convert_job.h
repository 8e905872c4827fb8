// Batches through the spine to a committer: what every converting run does, of a corpus or of a part of one.
#pragma once

#include <functional>

#include "convert/committer.h"
#include "engine/batch_processor.h"
#include "line/line_task.h"

namespace visionshard::pipeline {

/// What the lines of a run with these options share, without a cache. `image_root` is the folder that the option
/// names, or empty. Fault: it cannot be opened.
RunResult<LineContext> line_context(const ConvertOptions& options, Budget& budget, const std::string& image_root);

class ConvertJob final : public Job {
 public:
  /// Told of each batch after its commit.
  using OnCommit = std::function<void(const RunReport& so_far, const input::TextBlock& text)>;

  /// Both must outlive the job.
  ConvertJob(const LineContext& context, Committer& committer, OnCommit on_commit)
      : context_(context), committer_(committer), on_commit_(std::move(on_commit)) {}

  void inspect(Batch& batch, Scratch& scratch) const override { pipeline::inspect(batch, context_, scratch); }
  SharedConversion convert_image(ImageWork work) const override { return pipeline::convert_image(work, context_); }
  void assemble(Batch& batch) const override { pipeline::assemble(batch, context_); }
  RunResult<void> commit(Batch& batch) override;
  RunResult<void> publish(output::ShardFile& shard) override { return committer_.publish(shard); }

 private:
  const LineContext& context_;
  Committer& committer_;
  OnCommit on_commit_;
};

}  // namespace visionshard::pipeline
