#include "line/line_cutter.h"

#include <fmt/format.h>

namespace visionshard::line {

bool reject(LineRecord& record, Fault&& fault) {
  record.state = LineState::rejected;
  record.fault = std::make_unique<Fault>(std::move(fault));
  return false;
}

bool check_length(LineRecord& record, std::uint64_t line_bytes, const LineOptions& options) {
  return line_bytes <= options.max_line_bytes ||
         reject(record, {FaultCode::line_too_long, "",
                         fmt::format("the line has {} bytes, over the limit of {} (--max-line-bytes)", line_bytes,
                                     options.max_line_bytes)});
}

bool explain_file_kind(const LineBatch& batch, const LineRecord& record, Fault& fault) {
  if (!batch.text.begins_in_head(record.begin)) return false;
  const std::string_view sentence = batch.text.instead;
  switch (fault.code) {
    case FaultCode::invalid_utf8:
    case FaultCode::invalid_json:
    case FaultCode::not_an_object: fault.detail = sentence; return true;
    case FaultCode::line_too_long: fault.detail += fmt::format("; {}", sentence); return true;
    default: return false;
  }
}

bool is_blank(std::string_view line) noexcept { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

void trim(Scratch& scratch, std::size_t longest_bytes) {
  constexpr std::size_t keep_payload_bytes = 16 << 20;
  constexpr std::size_t keep_parser_line_bytes = 32 << 20;
  scratch.trim(keep_payload_bytes);
  if (longest_bytes > keep_parser_line_bytes) scratch = Scratch();
}

}  // namespace visionshard::line
