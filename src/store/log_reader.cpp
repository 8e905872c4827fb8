#include "store/log_reader.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace visionshard::store {
namespace {

constexpr std::size_t read_bytes = 1 << 20;
// No record is nearly as long: its texts have a few KB each.
constexpr std::size_t max_line_bytes = 64 << 20;

}  // namespace

RunResult<LogReader> LogReader::open(const std::string& path, std::uint64_t max_bytes) {
  LogReader reader;
  reader.path_ = path;
  reader.max_bytes_ = max_bytes;
  reader.file_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!reader.file_ && errno != ENOENT) return system_fault(path, "open", errno);
  reader.at_end_ = !reader.file_;
  return reader;
}

tl::unexpected<RunFault> LogReader::damaged(std::uint64_t offset, std::string_view how) const {
  return run_fault(
      fmt::format("{}: the record at byte {} {}; copy the store again, or remove this file, so that its URLs "
                  "are fetched again",
                  path_, offset, how));
}

RunResult<std::optional<std::string_view>> LogReader::next_line() {
  for (;;) {
    if (const std::size_t end = buffer_.find('\n', at_); end != std::string::npos) {
      const std::string_view line = std::string_view(buffer_).substr(at_, end - at_);
      record_offset_ = buffer_begin_ + at_;
      at_ = end + 1;
      return std::optional(line);
    }
    if (at_end_) return std::optional<std::string_view>();
    if (buffer_.size() - at_ > max_line_bytes) return damaged(buffer_begin_ + at_, "is longer than any");
    buffer_.erase(0, at_);
    buffer_begin_ += at_;
    at_ = 0;
    const std::size_t old = buffer_.size();
    const std::size_t wanted = std::min<std::uint64_t>(read_bytes, max_bytes_ - (buffer_begin_ + old));
    buffer_.resize(old + wanted);
    const auto got = VISIONSHARD_TRY(
        read_at(file_.get(), reinterpret_cast<std::byte*>(buffer_.data()) + old, wanted, buffer_begin_ + old, path_));
    buffer_.resize(old + got);
    at_end_ = got < read_bytes;
  }
}

RunResult<std::optional<UrlRecord>> LogReader::next() {
  std::optional<std::uint64_t> damaged_at;
  for (;;) {
    const auto line = VISIONSHARD_TRY(next_line());
    if (!line) return std::optional<UrlRecord>();
    auto record = read_record(*line, *parser_);
    if (!record) {
      if (!damaged_at) damaged_at = record_offset_;
      continue;
    }
    if (damaged_at) return damaged(*damaged_at, "is damaged, and whole ones follow it");
    whole_bytes_ = buffer_begin_ + at_;
    return std::optional(std::move(*record));
  }
}

}  // namespace visionshard::store
