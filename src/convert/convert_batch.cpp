#include "convert/convert_batch.h"

namespace visionshard::conversion {
namespace {

bool is_untouched(const line::LineRecord& record) noexcept {
  return record.state == line::LineState::written && record.images == 0 && record.edits.empty() && !record.extras &&
         !record.carriage_return && !record.conversions.any();
}

}  // namespace

void ConvertBatch::find_untouched_runs() {
  UntouchedRun run;
  std::uint32_t end = 0;  // of the run's lines, with their newlines
  const auto finish = [&] {
    run.sum.bytes = end - run.begin;
    if (run.sum.examples > 1) untouched.push_back(run);
    run = {};
  };
  for (const line::LineRecord& record : records) {
    const bool is_one = is_untouched(record);
    if (!is_one || record.begin != end || record.methods != run.methods) finish();
    if (!is_one) continue;
    if (run.sum.examples == 0) {
      run.first_record = static_cast<std::uint32_t>(&record - records.data());
      run.begin = record.begin;
      run.methods = record.methods;
    }
    end = record.end + 1;
    ++run.sum.examples;
    run.sum.image_examples += record.kept_urls > 0;
    run.sum.images += record.kept_urls;
  }
  finish();
}

// Neighbors in the block whose bytes between stay become one piece. Does not read the text, which is in another
// processor's cache: to look for the newline took a tenth of the time of a corpus of URLs.
void ConvertBatch::append(const line::LineRecord& record) {
  static constexpr char newline[] = "\n";
  Segment& segment = segments.back();
  const std::byte* const line_begin = text.block.data() + record.begin;
  const std::byte* const line_end = text.block.data() + record.end;
  const bool in_block = is_in_block(record);
  const auto end_of_last = [&] { return static_cast<std::byte*>(pieces.back().iov_base) + pieces.back().iov_len; };
  const std::size_t first = pieces.size();
  const bool continues = segment.first_piece < first && in_block && end_of_last() == line_begin;
  example::append_pieces(text_of(record), record.edits, pieces);
  if (continues && pieces[first].iov_base == line_begin) {
    pieces[first - 1].iov_len += pieces[first].iov_len;
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(first));
  }
  if (in_block && !record.carriage_return && end_of_last() == line_end)
    ++pieces.back().iov_len;
  else
    pieces.push_back({const_cast<char*>(newline), 1});
  segment.pieces = pieces.size() - segment.first_piece;
}

void ConvertBatch::append(const UntouchedRun& run) {
  Segment& segment = segments.back();
  std::byte* const begin = text.block.data() + run.begin;
  iovec* const last = segment.pieces > 0 ? &pieces.back() : nullptr;
  if (last != nullptr && static_cast<std::byte*>(last->iov_base) + last->iov_len == begin)
    last->iov_len += run.sum.bytes;
  else
    pieces.push_back({begin, run.sum.bytes});
  segment.pieces = pieces.size() - segment.first_piece;
}

}  // namespace visionshard::conversion
