// Cuts a block of text into lines.
#pragma once

#include <algorithm>
#include <new>
#include <string_view>
#include <type_traits>

#include "line/line_batch.h"
#include "line/scratch.h"

namespace visionshard::line {

/// Gives `record` a fault. Returns false.
bool reject(LineRecord& record, Fault&& fault);

/// Rejects `record` if `line_bytes` are over the limit. Returns whether they are not.
bool check_length(LineRecord& record, std::uint64_t line_bytes, const LineOptions& options);

/// Where the line is not JSON because its whole file is not JSON Lines, makes the fault's detail say so. Returns
/// whether it did.
bool explain_file_kind(const LineBatch& batch, const LineRecord& record, Fault& fault);
inline void explain_file_kind(const LineBatch& batch, LineRecord& record) {
  if (record.fault) record.not_json_lines = explain_file_kind(batch, record, *record.fault);
}

/// Whether `line` is empty or only white space.
bool is_blank(std::string_view line) noexcept;

/// Frees buffers that have grown for a line of `longest_bytes`: they would stay allocated in every thread.
void trim(Scratch& scratch, std::size_t longest_bytes);

/// Returns what `work` returns. An exception, which is a defect of the program or of a library, rejects this line and
/// does not end the run.
template <class Work>
std::invoke_result_t<Work> catch_to_rejection(LineRecord& record, Work&& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    reject(record, {FaultCode::internal_error, "", e.what()});
    return std::invoke_result_t<Work>();
  }
}

/// Counts the block's lines, makes a record of each line that is not blank, and calls `take_line(record)`, or rejects
/// the line where it is over the length limit. Stops at the first fault that take_line returns.
template <class TakeLine>
RunResult<void> cut_lines(LineBatch& batch, const LineOptions& options, Scratch& scratch, TakeLine&& take_line) {
  if (batch.text.overlong_bytes > 0) {
    batch.lines = 1;
    LineRecord& record = batch.records.emplace_back();
    record.begin = record.end = static_cast<std::uint32_t>(batch.text.begin);
    check_length(record, batch.text.overlong_bytes, options);
    explain_file_kind(batch, record);
    return {};
  }
  const std::string_view text = as_text({batch.text.block.data(), batch.text.end});
  std::size_t longest = 0;
  scratch.parser.expect_lines_of(text.substr(batch.text.begin));
  for (std::size_t at = batch.text.begin; at < text.size();) {
    const std::size_t newline = scratch.scanner.find_newline(text, at);
    std::string_view line = text.substr(at, newline - at);
    // Concatenated files can have a byte order mark in the middle.
    const bool has_mark = line.starts_with(input::byte_order_mark);
    if (has_mark) {
      line.remove_prefix(input::byte_order_mark.size());
      ++batch.byte_order_marks;
    }
    const bool has_return = line.ends_with('\r');
    if (has_return) {
      line.remove_suffix(1);
      ++batch.carriage_returns;
    }
    // A blank line over the limit is rejected like any other: how much of it was read depends on the size of the block.
    if (line.size() <= options.max_line_bytes && is_blank(line)) {
      ++batch.blank;
    } else {
      LineRecord& record = batch.records.emplace_back();
      record.begin = static_cast<std::uint32_t>(line.data() - text.data());
      record.end = static_cast<std::uint32_t>(record.begin + line.size());
      record.carriage_return = has_return;
      if (has_mark) record.conversions.add(image::Conversion::byte_order_mark);
      record.number = static_cast<std::uint32_t>(batch.lines);
      auto taken = catch_to_rejection(record, [&]() -> RunResult<void> {
        return check_length(record, line.size(), options) ? take_line(record) : RunResult<void>();
      });
      if (!taken) return taken;
      explain_file_kind(batch, record);
      longest = std::max(longest, line.size());
    }
    ++batch.lines;
    at = newline + 1;
  }
  scratch.parser.expect_lines_of({});
  scratch.scanner.forget();
  trim(scratch, longest);
  return {};
}

}  // namespace visionshard::line
