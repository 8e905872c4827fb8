#include <visionshard/line.h>

#include <cstring>

#include "check/check_lines.h"
#include "line/stages.h"

namespace visionshard {
namespace {

// Offsets in a line are 32 bits wide, and the block has a newline and padding after it.
constexpr std::uint64_t longest_line_bytes = UINT32_MAX - 1 - input::block_padding;

input::TextBlock block_of(std::string_view line) {
  input::TextBlock text;
  if (line.size() > longest_line_bytes) {
    text.overlong_bytes = line.size();
    return text;
  }
  text.block.reserve(line.size() + 1 + input::block_padding);
  std::memcpy(text.block.data(), line.data(), line.size());
  text.block.data()[line.size()] = std::byte{'\n'};
  text.end = line.size() + 1;
  return text;
}

Finding finding_of(const checking::CheckBatch& batch, const Limits& limits, checking::LineFinding& found) {
  const checking::FindingKind kind = checking::kind_of(found.code, limits);
  const std::uint64_t line = batch.records[found.record].number + 1;
  return {kind.code, kind.effect, kind.repairable, {}, line, std::move(found.pointer), std::move(found.detail)};
}

}  // namespace

std::vector<Finding> check_line(std::string_view line, const Limits& limits, const ImageOptions& images,
                                ModelFamily model) {
  engine::Budget budget(UINT64_MAX);
  checking::CheckContext context;
  context.limits = limits;
  context.line.max_line_bytes = longest_line_bytes;
  context.image = images;
  context.budget = &budget;
  context.model = model;
  line::Scratch scratch;
  checking::CheckBatch batch;
  batch.text = block_of(line);
  // Without an image root no file is read, so that there is no fault of the system.
  (void)checking::check_lines(batch, context, scratch);
  for (std::size_t i = 0; i < batch.pending.size(); ++i)
    line::apply_result(batch, i, *checking::check_image(batch, i, context));
  checking::gather_findings(batch);
  std::vector<Finding> findings;
  for (checking::LineFinding& found : batch.findings) findings.push_back(finding_of(batch, limits, found));
  return findings;
}

}  // namespace visionshard
