// Where a run stands when a shard is complete: what it takes to go on after it. One line of the journal.
#pragma once

#include <visionshard/report.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace visionshard::output {

struct Checkpoint {
  ShardInfo shard;                   // the complete one
  std::uint64_t written_ns = 0;      // when it was written to for the last time, since 1970
  std::uint32_t file = 0;            // reading goes on in this source
  std::uint64_t offset = 0;          // at this byte of its text
  std::uint8_t methods = UINT8_MAX;  // of training, that the lines before leave; bits of example::method
  std::uint64_t rejected_bytes = 0;  // of rejected.jsonl so far
  // Counts up to there; neither shards nor single images. Of the inputs the lines alone, and of those only that have
  // been read since the checkpoint before: a journal of all for each shard would grow with their product.
  RunReport report;
  std::uint32_t first_input = 0;  // the first of them
  std::string libraries;          // versions of those that were loaded by then, since an image needed them
  std::string codec_self_test;    // image::codec_self_test_digest(), if an image was converted by then
};

/// One line of JSON with its newline.
std::string checkpoint_line(const Checkpoint& checkpoint);

/// Fault: the line is not a checkpoint, or is cut off.
RunResult<Checkpoint> read_checkpoint(std::string_view line);

}  // namespace visionshard::output
