// Reads sources in blocks of whole lines, each of one file, numbered by their offset in its text.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "input/block.h"
#include "input/byte_stream.h"
#include "input/file_kind.h"

namespace visionshard::input {

/// Whole lines of one file, or one line that was longer than the limit and was not kept.
struct TextBlock {
  Block block;
  std::size_t begin = 0;   // of the first line in block
  std::size_t end = 0;     // after the last line's newline (a last line without one has it added, and end is after it)
  std::size_t filled = 0;  // what was read into block, with the beginning of the next line
  std::uint32_t file = 0;
  std::uint64_t offset = 0;          // of `begin` in the file's text
  std::uint64_t overlong_bytes = 0;  // not 0: this block is one line of so many bytes, begin == end
  std::uint64_t text_bytes = 0;      // of the file's text this block accounts for
  std::uint64_t file_bytes = 0;      // of the file itself that had been read when the block was filled
  std::string_view instead;          // of the file's text: see describe_other_kind()

  /// Whether `instead` applies to the line that begins at `at` of the block.
  bool begins_in_head(std::size_t at) const noexcept { return !instead.empty() && offset + at - begin < head_bytes; }
};

/// A byte order mark; not part of the line that follows it.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

enum class Next { block, need_memory, end };

/// A block has at most about a thousand lines more than this: the record of a line takes up to 300 bytes, even for a
/// short line.
inline constexpr std::size_t max_block_lines = 8192;

/// Not thread-safe: one caller at a time.
class BlockReader {
 public:
  /// `block_bytes` is the size aimed at. A longer line makes a larger block, up to max_line_bytes.
  BlockReader(std::vector<std::string> sources, std::size_t block_bytes, std::uint64_t max_line_bytes);

  /// Before the first next(): begins with the line at `offset` of the text of source `file`, as if all before it had
  /// been read. Fault: the source cannot be read so far.
  RunResult<void> start_at(std::uint32_t file, std::uint64_t offset);

  /// Before the first next(), of one source that is not compressed: returns the lines whose first byte lies in
  /// [begin, end). Reads after `end` only to finish the last of them. Fault: the source cannot be read so far.
  RunResult<void> start_in(std::uint64_t begin, std::uint64_t end);

  /// Fills `out`, whose memory is used again, with the next lines. Where they need a block of more than
  /// `allowed_bytes`, returns need_memory; the call is then repeated with the same `out` and more allowed.
  RunResult<Next> next(TextBlock& out, std::size_t allowed_bytes);

  std::size_t block_bytes() const noexcept { return block_bytes_; }
  /// Bytes of each source read so far, as they are in the file.
  const std::vector<std::uint64_t>& file_bytes() const noexcept { return file_bytes_; }

 private:
  RunResult<void> open();
  RunResult<std::size_t> read(std::byte* out, std::size_t size);
  RunResult<bool> fill(TextBlock& out);
  RunResult<void> skip_line(TextBlock& out);
  void start_block(TextBlock& out);
  void finish_block(TextBlock& out, std::size_t end);
  std::size_t end_in_range(const TextBlock& out, std::size_t end) const noexcept;
  std::size_t end_of_most_lines(const TextBlock& out, std::size_t end);
  void finish_lines(TextBlock& out, std::size_t end);

  std::vector<std::string> sources_;
  std::size_t block_bytes_;
  std::uint64_t max_line_bytes_;
  std::vector<std::uint64_t> file_bytes_;

  std::unique_ptr<ByteStream> stream_;
  std::uint32_t file_ = 0;
  Bytes head_;  // of the file's text
  std::size_t head_used_ = 0;
  std::string_view instead_;
  std::uint64_t offset_ = 0;               // in the file's text, of the first byte not returned yet
  std::uint64_t end_offset_ = UINT64_MAX;  // lines that begin there or after it are not returned
  bool at_file_start_ = false;
  bool at_file_end_ = false;
  Bytes carry_;                   // text after the block before
  bool carry_has_lines_ = false;  // whole ones
  bool block_started_ = false;
  std::size_t filled_ = 0;    // bytes in the block being filled
  std::size_t searched_ = 0;  // of them without a newline
  std::minstd_rand places_{std::random_device()()};
};

/// Bytes readable after TextBlock::end; the first of them is not text of the line.
inline constexpr std::size_t block_padding = 64;

}  // namespace visionshard::input
