#include "line/read_line.h"

#include "base/json_text.h"
#include "line/exclude.h"
#include "line/line_cutter.h"
#include "line/payload.h"
#include "line/stages.h"
#include "line/translate_line.h"

namespace visionshard::line {
namespace {

// Replaces a record of rejected.jsonl by the line that it contains.
tl::expected<void, Fault> unwrap(LineRecord& record, std::string_view line, const example::ExampleSpans& spans,
                                 const LineContext& context) {
  std::string text;
  if (spans.lone_surrogate_at != example::nowhere)
    return tl::unexpected(
        Fault{FaultCode::lone_surrogate, "",
              "the record of rejected.jsonl holds half a surrogate pair; it is not as it was written"});
  if (spans.raw.size() >= 2) {
    text = json::unescape(inside(line, spans.raw));
  } else if (spans.raw_base64.size() >= 2) {
    const std::string_view encoded = inside(line, spans.raw_base64);
    Bytes decoded(base64::decode_capacity(encoded.size()));
    const base64::Decoded result = base64::decode(encoded, decoded.data());
    if (!result.ok())
      return tl::unexpected(Fault{FaultCode::bad_base64, "/raw_base64", "the record's raw_base64 is not base64"});
    text = as_text(decoded.view().first(result.bytes));
  } else {
    return tl::unexpected(Fault{FaultCode::bad_messages, "",
                                "the line is a record of rejected.jsonl that carries no line (--rejects reference); "
                                "give the original input"});
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.size() > context.line.max_line_bytes || text.find('\n') != std::string::npos)
    return tl::unexpected(Fault{FaultCode::invalid_json, "/raw", "the record's raw is not one line"});
  text.append(example::line_padding, '\n');
  record.with_extras().text = std::move(text);
  return {};
}

}  // namespace

bool read_further(LineBatch& batch, LineRecord& record, const LineContext& context, Scratch& scratch) {
  if (scratch.spans.is_reject_record()) {
    if (auto taken = unwrap(record, batch.text_of(record), scratch.spans, context); !taken)
      return reject(record, std::move(taken.error()));
    const std::string_view line = batch.text_of(record);
    if (!is_text_included(record, line, context)) return false;
    if (auto parsed = scratch.parser.parse(line, scratch.spans); !parsed)
      return reject(record, std::move(parsed.error()));
  }
  if (!is_other_layout(scratch.spans, context)) return true;
  auto translated = translate_line(batch, record, context, scratch);
  return translated || reject(record, std::move(translated.error()));
}

RunResult<void> find_line_methods(LineBatch& batch, const LineContext& context, Scratch& scratch) {
  return cut_lines(batch, context.line, scratch, [&](LineRecord& record) {
    if (is_included(batch, record, context)) read_line(batch, record, context, scratch);
    return RunResult<void>();
  });
}

}  // namespace visionshard::line
