// A block is read in steps of block_bytes and ends at its last newline; the text after that is carried to the next
// block. With 300 KB lines and 1 MiB blocks the carry copies about 15 % of the bytes, while they are in cache.
#include "input/block_reader.h"

#include <algorithm>
#include <utility>

namespace visionshard::input {
BlockReader::BlockReader(std::vector<std::string> sources, std::size_t block_bytes, std::uint64_t max_line_bytes)
    : sources_(std::move(sources)),
      block_bytes_(block_bytes),
      max_line_bytes_(max_line_bytes),
      file_bytes_(sources_.size()) {}

void BlockReader::start_block(TextBlock& out) {
  out.begin = out.end = out.filled = 0;
  out.file = file_;
  out.offset = offset_;
  out.overlong_bytes = 0;
  out.text_bytes = 0;
  out.instead = instead_;
  out.block.reserve(std::max(block_bytes_, carry_.size()) + block_padding);
  if (!carry_.empty()) std::memcpy(out.block.data(), carry_.data(), carry_.size());
  filled_ = carry_.size();
  searched_ = 0;
  carry_.clear();
  block_started_ = true;
}

void BlockReader::finish_block(TextBlock& out, std::size_t end) {
  const ByteView all{out.block.data(), filled_};
  if (end < filled_) carry_.append(all.subspan(end));
  out.end = end;
  out.filled = filled_;
  out.text_bytes = end;
  out.file_bytes = file_bytes_[file_];
  offset_ += end;
  if (std::exchange(at_file_start_, false) && as_text(all).starts_with(byte_order_mark)) {
    out.begin = byte_order_mark.size();
    out.offset += byte_order_mark.size();
  }
  block_started_ = false;
}

// Returns the offset after line max_block_lines of the block. Whether the block has that many lines is estimated from
// windows at random places, which no input can foresee: counting all lines would cost every run what only corpora with
// lines of a few bytes need. The borders of blocks affect no output.
std::size_t BlockReader::end_of_most_lines(const TextBlock& out, std::size_t end) {
  constexpr std::size_t windows = 16, window_bytes = 2 << 10;
  const std::string_view text = as_text({out.block.data(), end});
  if (end > 4 * windows * window_bytes) {
    const std::size_t stride = end / windows;
    std::size_t seen = 0;
    for (std::size_t i = 0; i < windows; ++i) {
      const std::size_t at = i * stride + static_cast<std::size_t>(places_()) % (stride - window_bytes);
      seen += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                                                  text.begin() + static_cast<std::ptrdiff_t>(at + window_bytes), '\n'));
    }
    if (seen * (end / (windows * window_bytes)) < max_block_lines / 2) return end;
  }
  std::size_t at = 0;
  for (std::size_t lines = 0; lines < max_block_lines && at < end; ++lines) at = text.find('\n', at) + 1;
  return at;
}

// Returns where the range's text ends: after the line that holds the range's last byte.
std::size_t BlockReader::end_in_range(const TextBlock& out, std::size_t end) const noexcept {
  if (end_offset_ - offset_ >= end) return end;
  const auto last = static_cast<std::size_t>(end_offset_ - offset_) - 1;
  const void* const newline = std::memchr(out.block.data() + last, '\n', end - last);
  if (newline == nullptr) return end;
  return static_cast<std::size_t>(static_cast<const std::byte*>(newline) - out.block.data()) + 1;
}

// Ends the block at `end`, after a newline, or earlier if there are too many lines.
void BlockReader::finish_lines(TextBlock& out, std::size_t end) {
  const std::size_t most = end_of_most_lines(out, end);
  finish_block(out, most);
  carry_has_lines_ = most < end;
}

// Reads one more step of text; false at the end of the file.
RunResult<bool> BlockReader::fill(TextBlock& out) {
  std::size_t want = filled_ < block_bytes_ ? block_bytes_ - filled_ : block_bytes_;
  // Not much more than the range: with parts of a few KiB the file would be read many times.
  if (end_offset_ != UINT64_MAX) {
    const std::uint64_t position = offset_ + filled_, left = end_offset_ - std::min(end_offset_, position);
    want = static_cast<std::size_t>(std::min<std::uint64_t>(want, std::max<std::uint64_t>({left, filled_, 4 << 10})));
  }
  out.block.reserve(filled_ + want + block_padding);
  auto got = VISIONSHARD_TRY(read(out.block.data() + filled_, want));
  filled_ += got;
  file_bytes_[file_] = stream_->file_bytes();
  return got == want;
}

// The block holds the beginning of a line that is over the limit: counts the rest without keeping it.
RunResult<void> BlockReader::skip_line(TextBlock& out) {
  at_file_start_ = false;
  const std::size_t skipped =
      as_text({out.block.data(), filled_}).starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  std::uint64_t bytes = filled_;
  bool carriage_return = false;
  for (;;) {
    carriage_return = out.block.data()[filled_ - 1] == std::byte{'\r'};
    filled_ = 0;
    auto more = VISIONSHARD_TRY(fill(out));
    const std::string_view text = as_text({out.block.data(), filled_});
    const std::size_t newline = text.find('\n');
    if (newline != std::string_view::npos) {
      bytes += newline;
      if (newline > 0) carriage_return = text[newline - 1] == '\r';
      carry_.append({out.block.data() + newline + 1, filled_ - newline - 1});
      out.text_bytes = bytes + 1;
      at_file_end_ = !more;
      break;
    }
    bytes += filled_;
    if (!more) {
      if (filled_ > 0) carriage_return = text.back() == '\r';
      out.text_bytes = bytes;
      at_file_end_ = true;
      break;
    }
  }
  out.begin = out.end = 0;
  out.file_bytes = file_bytes_[file_];
  out.offset += skipped;
  out.overlong_bytes = bytes - skipped - (carriage_return ? 1 : 0);
  offset_ += out.text_bytes;
  block_started_ = false;
  return {};
}

RunResult<void> BlockReader::open() {
  stream_ = VISIONSHARD_TRY(open_stream(sources_[file_]));
  offset_ = 0;
  at_file_start_ = true;
  at_file_end_ = false;
  head_.resize(head_bytes);
  head_used_ = 0;
  auto head = VISIONSHARD_TRY(stream_->read(head_.data(), head_bytes));
  head_.resize(head);
  instead_ = describe_other_kind(as_text(head_));
  return {};
}

// Like ByteStream::read, but returns first the head that open() has read.
RunResult<std::size_t> BlockReader::read(std::byte* out, std::size_t size) {
  const std::size_t from_head = std::min(size, head_.size() - head_used_);
  std::memcpy(out, head_.data() + head_used_, from_head);
  head_used_ += from_head;
  if (from_head == size) return size;
  auto got = VISIONSHARD_TRY(stream_->read(out + from_head, size - from_head));
  return from_head + got;
}

RunResult<void> BlockReader::start_at(std::uint32_t file, std::uint64_t offset) {
  file_ = file;
  if (file_ == sources_.size() || offset == 0) return {};
  VISIONSHARD_TRY(open());
  head_used_ = static_cast<std::size_t>(std::min<std::uint64_t>(offset, head_.size()));
  VISIONSHARD_TRY(stream_->skip(offset - head_used_));
  file_bytes_[file_] = stream_->file_bytes();
  offset_ = offset;
  at_file_start_ = false;
  return {};
}

RunResult<void> BlockReader::start_in(std::uint64_t begin, std::uint64_t end) {
  end_offset_ = end;
  if (begin == 0) return {};
  // One byte back: if it is a newline, a line starts at `begin`.
  VISIONSHARD_TRY(start_at(0, begin - 1));
  VISIONSHARD_TRY(stream_ ? RunResult<void>() : open());
  at_file_start_ = false;
  Bytes step(64 << 10);
  while (offset_ < end) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(step.size(), end - offset_));
    auto got = VISIONSHARD_TRY(read(step.data(), want));
    const std::string_view text = as_text(step.view().first(got));
    const std::size_t newline = text.find('\n');
    if (newline != std::string_view::npos) {
      offset_ += newline + 1;
      carry_.append(as_bytes(text.substr(newline + 1)));
      at_file_end_ = got < want;
      return {};
    }
    offset_ += got;
    if (got < want) break;
  }
  offset_ = end;
  return {};
}

RunResult<Next> BlockReader::next(TextBlock& out, std::size_t allowed_bytes) {
  for (;;) {
    if (!stream_) {
      if (file_ == sources_.size()) return Next::end;
      VISIONSHARD_TRY(open());
    }
    if (!block_started_ && offset_ >= end_offset_) {
      file_ = static_cast<std::uint32_t>(sources_.size());
      stream_.reset();
      return Next::end;
    }
    if (!block_started_) {
      start_block(out);
      if (std::exchange(carry_has_lines_, false)) {
        const void* const newline = ::memrchr(out.block.data(), '\n', filled_);
        finish_lines(out, static_cast<std::size_t>(static_cast<const std::byte*>(newline) - out.block.data()) + 1);
        return Next::block;
      }
    }
    while (!at_file_end_) {
      if (filled_ >= block_bytes_ && filled_ + block_bytes_ > allowed_bytes) return Next::need_memory;
      auto more = VISIONSHARD_TRY(fill(out));
      at_file_end_ = !more;
      // memrchr, since std::string_view::rfind goes byte by byte.
      const void* const newline = ::memrchr(out.block.data() + searched_, '\n', filled_ - searched_);
      if (newline != nullptr) {
        const auto end = static_cast<std::size_t>(static_cast<const std::byte*>(newline) - out.block.data()) + 1;
        finish_lines(out, end_in_range(out, end));
        return Next::block;
      }
      searched_ = filled_;
      // A carriage return before the newline and a byte order mark are not part of the line.
      if (filled_ > max_line_bytes_ + 1 + byte_order_mark.size() && !at_file_end_) {
        VISIONSHARD_TRY(skip_line(out));
        return Next::block;
      }
    }
    // The rest of the file: the carry may still hold whole lines after a line that was skipped.
    const std::size_t left = end_in_range(out, filled_);
    if (left > 0) {
      finish_block(out, left);
      carry_.clear();
      if (out.begin < out.end && out.block.data()[out.end - 1] != std::byte{'\n'})
        out.block.data()[out.end++] = std::byte{'\n'};
    }
    block_started_ = false;
    stream_.reset();
    ++file_;
    if (left > 0 && out.begin < out.end) return Next::block;
  }
}

}  // namespace visionshard::input
