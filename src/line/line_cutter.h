// A block of text to the lines in it.
#pragma once

#include <algorithm>
#include <string_view>

#include "line/line_task.h"

namespace visionshard::pipeline {

/// Gives `record` a fault. Returns false.
bool reject(LineRecord& record, Fault&& fault);

/// Rejects `record` if `line_bytes` are over the limit. Returns whether they are not.
bool check_length(LineRecord& record, std::uint64_t line_bytes, const LineOptions& options);

/// Where `fault` is that the line is no JSON of its own, and the file no JSON Lines: says so in its place. Returns
/// whether it did.
bool say_what_file_is(const Batch& batch, const LineRecord& record, Fault& fault);
inline void say_what_file_is(const Batch& batch, LineRecord& record) {
  if (record.fault) record.of_file = say_what_file_is(batch, record, *record.fault);
}

/// Whether `line` has nothing in it but space.
bool is_blank(std::string_view line) noexcept;

/// Gives scratch back that a line of `longest_bytes` has blown up: it would stay resident on every thread.
void trim(Scratch& scratch, std::size_t longest_bytes);

/// A defect of ours or of a library costs one line, not the night's run. What image::RunFailure says is no such defect.
template <class Work>
void guarded(LineRecord& record, Work&& work) {
  try {
    work();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const image::RunFailure&) {
    throw;
  } catch (const std::exception& e) {
    reject(record, {FaultCode::internal_error, "", e.what()});
  }
}

/// Counts the block's lines, makes a record of each that is not blank, and calls `inspect_line(record)`; not for a line
/// too long to be kept, which is rejected.
template <class InspectLine>
void cut_lines(Batch& batch, const LineOptions& options, Scratch& scratch, InspectLine&& inspect_line) {
  if (batch.text.overlong_bytes > 0) {
    batch.lines = 1;
    LineRecord& record = batch.records.emplace_back();
    record.begin = record.end = static_cast<std::uint32_t>(batch.text.begin);
    check_length(record, batch.text.overlong_bytes, options);
    say_what_file_is(batch, record);
    return;
  }
  const std::string_view text = as_text({batch.text.block.data(), batch.text.end});
  std::size_t longest = 0;
  for (std::size_t at = batch.text.begin; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    std::string_view line = text.substr(at, newline - at);
    // Where files were concatenated that begin with one each.
    const bool has_mark = line.starts_with(input::byte_order_mark);
    if (has_mark) {
      line.remove_prefix(input::byte_order_mark.size());
      ++batch.byte_order_marks;
    }
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
      ++batch.carriage_returns;
    }
    // A blank line over the limit is too long like any other: how much of it was kept depends on the block's size.
    if (line.size() <= options.max_line_bytes && is_blank(line)) {
      ++batch.blank;
    } else {
      LineRecord& record = batch.records.emplace_back();
      record.begin = static_cast<std::uint32_t>(line.data() - text.data());
      record.end = static_cast<std::uint32_t>(record.begin + line.size());
      if (has_mark) record.conversions.add(image::Conversion::byte_order_mark);
      record.number = static_cast<std::uint32_t>(batch.lines);
      guarded(record, [&] {
        if (check_length(record, line.size(), options)) inspect_line(record);
      });
      say_what_file_is(batch, record);
      longest = std::max(longest, line.size());
    }
    ++batch.lines;
    at = newline + 1;
  }
  trim(scratch, longest);
}

}  // namespace visionshard::pipeline
