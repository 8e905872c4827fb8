#include "convert/convert_batch.h"

namespace visionshard::conversion {

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

}  // namespace visionshard::conversion
