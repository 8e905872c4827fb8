// Batches through the spine to a committer: what every converting run does, of a corpus or of a part of one.
#pragma once

#include <visionshard/run.h>

#include "pipeline/commit.h"
#include "pipeline/job.h"
#include "pipeline/line_task.h"

namespace visionshard::pipeline {

/// What the lines of a run with these options share, without a cache. `image_root` is the folder that the option
/// names, or empty. Fault: it cannot be opened.
RunResult<LineContext> line_context(const ConvertOptions& options, Budget& budget, const std::string& image_root);

class ConvertJob final : public Job {
 public:
  /// All of it must outlive the job.
  ConvertJob(const LineContext& context, Committer& committer, const Progress& progress)
      : context_(context), committer_(committer), progress_(progress) {}

  void inspect(Batch& batch, Scratch& scratch) const override { pipeline::inspect(batch, context_, scratch); }
  SharedConversion convert_image(ImageWork work) const override { return pipeline::convert_image(work, context_); }
  void assemble(Batch& batch) const override { pipeline::assemble(batch, context_); }
  RunResult<void> commit(Batch& batch) override;
  RunResult<void> publish(shard::ShardFile& shard) override { return committer_.publish(shard); }
  bool keeps_bytes() const noexcept override { return committer_.keeps_bytes(); }

 private:
  const LineContext& context_;
  Committer& committer_;
  const Progress& progress_;
};

}  // namespace visionshard::pipeline
