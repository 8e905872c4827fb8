// One line through the whole spine. What is written must be JSON and must be left alone by a second pass.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../support/json_oracle.h"
#include "pipeline/image_slot.h"
#include "pipeline/line_task.h"

namespace {

namespace pipeline = visionshard::pipeline;

void fail(const char* what, std::string_view line) {
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(line.size()), line.data());
  std::abort();
}

// The line that is written, or nothing where it is rejected or blank.
std::string written(std::string_view line, const pipeline::LineContext& context, bool& untouched) {
  pipeline::Batch batch;
  pipeline::Scratch scratch;
  batch.text.block.reserve(line.size() + 1 + visionshard::input::block_padding);
  if (!line.empty()) std::memcpy(batch.text.block.data(), line.data(), line.size());
  batch.text.block.data()[line.size()] = std::byte{'\n'};
  batch.text.end = line.size() + 1;
  pipeline::inspect(batch, context, scratch);
  for (std::size_t i = 0; i < batch.pending.size(); ++i)
    pipeline::settle_image({&batch, i}, pipeline::convert_image({&batch, i}, context));
  pipeline::assemble(batch, context);
  if (batch.lines != 1 || batch.blank + batch.records.size() != 1) fail("the line is lost", line);
  if (batch.records.empty()) return "";
  const pipeline::LineRecord& record = batch.records.front();
  if (record.state == pipeline::LineState::undecided) fail("no verdict", line);
  if (record.state == pipeline::LineState::rejected) {
    if (!record.fault) fail("rejected without a fault", line);
    if (record.fault->code == visionshard::FaultCode::internal_error) fail(record.fault->detail.c_str(), line);
    return "";
  }
  std::vector<iovec> pieces;
  visionshard::rewrite::append_pieces(batch.line(record), record.edits, pieces);
  std::string out;
  for (const iovec& piece : pieces) out.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  if (record.output_bytes != out.size() + 1) fail("the size foretold is wrong", line);
  untouched = record.edits.empty() && !record.text;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view line(reinterpret_cast<const char*>(data) + 1, size - 1);
  line = line.substr(0, line.find('\n'));
  pipeline::Budget budget(UINT64_MAX);
  pipeline::LineContext context;
  context.budget = &budget;
  context.image.max_pixels = 1 << 18;
  context.limits.max_image_bytes = data[0] & 1 ? 600 : 10'000'000;
  context.limits.webp = !(data[0] & 2);
  context.limits.example_rules = !(data[0] & 4);
  if (data[0] & 8) context.line.on_bad_image = context.line.on_assistant_image = visionshard::OnBad::drop;
  if (data[0] & 16) context.image.orient = visionshard::Orient::keep;
  if (data[0] & 32) context.image.verify = visionshard::Verify::pixels;
  bool untouched = false;
  const std::string first = written(line, context, untouched);
  if (first.empty()) return 0;
  if (!visionshard::test::json_valid(first) || !visionshard::test::utf8_valid(first)) fail("not JSON", first);
  const std::string second = written(first, context, untouched);
  if (second != first || !untouched) fail("a second pass changes or refuses", first);
  return 0;
}
