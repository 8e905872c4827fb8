// One line through the core line processing. The written line must be JSON, must stay unchanged in a second pass, and
// check must find only what decoding shows.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../support/json_oracle.h"
#include "check/check_lines.h"
#include "line/stages.h"

namespace {

using namespace visionshard;

void fail(const char* what, std::string_view line) {
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(line.size()), line.data());
  std::abort();
}

void fill(line::LineBatch& batch, std::string_view line) {
  batch.text.block.reserve(line.size() + 1 + input::block_padding);
  if (!line.empty()) std::memcpy(batch.text.block.data(), line.data(), line.size());
  batch.text.block.data()[line.size()] = std::byte{'\n'};
  batch.text.end = line.size() + 1;
}

// Any line may be asked about; `accepted` says that nothing may be found.
void check(std::string_view text, const line::LineContext& context, bool accepted) {
  checking::CheckContext check_context;
  static_cast<line::LineContext&>(check_context) = context;
  checking::CheckBatch batch;
  line::Scratch scratch;
  fill(batch, text);
  if (!checking::check_lines(batch, check_context, scratch)) fail("the system is at fault", text);
  for (std::size_t i = 0; i < batch.pending.size(); ++i)
    line::apply_result(batch, i, *checking::check_image(batch, i, check_context));
  checking::gather_findings(batch);
  for (const checking::LineFinding& finding : batch.findings) {
    if (finding.code.index() == checking::FindingCode(FaultCode::internal_error).index())
      fail(finding.detail.c_str(), text);
    const bool is_expected = finding.code == checking::FindingCode(FaultCode::corrupt_image) ||
                             finding.code == checking::FindingCode(image::Conversion::equal_outputs);
    if (accepted && !is_expected) fail("check finds fault with what was written", text);
  }
}

// The line that is written, or nothing where it is rejected or blank.
std::string written(std::string_view text, const line::LineContext& context, bool& untouched) {
  line::LineBatch batch;
  line::Scratch scratch;
  fill(batch, text);
  if (!line::parse_batch(batch, context, scratch)) fail("the system is at fault", text);
  for (std::size_t i = 0; i < batch.pending.size(); ++i)
    line::apply_result(batch, i, *line::convert_image(batch, i, context, true));
  line::assemble(batch, context);
  if (batch.lines != 1 || batch.blank + batch.records.size() != 1) fail("the line is lost", text);
  if (batch.records.empty()) return "";
  const line::LineRecord& record = batch.records.front();
  if (record.state == line::LineState::undecided) fail("no outcome", text);
  if (record.state == line::LineState::rejected) {
    if (!record.fault) fail("rejected without a fault", text);
    if (record.fault->code == FaultCode::internal_error) fail(record.fault->detail.c_str(), text);
    return "";
  }
  std::vector<iovec> pieces;
  example::append_pieces(batch.text_of(record), record.edits, pieces);
  std::string out;
  for (const iovec& piece : pieces) out.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  if (record.output_bytes != out.size() + 1) fail("the predicted size is wrong", text);
  untouched = record.edits.empty() && batch.is_in_block(record);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view line(reinterpret_cast<const char*>(data) + 1, size - 1);
  line = line.substr(0, line.find('\n'));
  engine::Budget budget(UINT64_MAX);
  line::LineContext context;
  context.budget = &budget;
  context.image.max_pixels = 1 << 18;
  context.limits.max_image_bytes = data[0] & 1 ? 600 : 10'000'000;
  context.limits.webp = !(data[0] & 2);
  context.limits.example_rules = !(data[0] & 4);
  if (data[0] & 8) context.line.on_bad_image = context.line.on_assistant_image = OnBad::drop;
  if (data[0] & 16) context.image.orient = Orient::keep;
  if (data[0] & 32) context.image.verify = Verify::pixels;
  if (data[0] & 64)
    context.limits.alternate_roles = context.limits.uniform_contents = context.limits.known_keys_only =
        context.limits.image_weight_zero = context.limits.weight_on_any_role = true;
  if (data[0] & 128) context.line.detail = DetailOption::low;
  check(line, context, false);
  bool untouched = false;
  const std::string first = written(line, context, untouched);
  if (first.empty()) return 0;
  if (!test::json_valid(first) || !test::utf8_valid(first)) fail("not JSON", first);
  const std::string second = written(first, context, untouched);
  if (second != first || !untouched) fail("a second pass changes or refuses", first);
  check(first, context, true);
  return 0;
}
