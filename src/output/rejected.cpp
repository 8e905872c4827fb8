// Lines can be hundreds of megabytes, so their text is escaped through a buffer of bounded size.
#include "output/rejected.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/json_text.h"
#include "base64/base64.h"

namespace visionshard::output {
namespace {

constexpr std::size_t step_bytes = 192 << 10;  // divisible by 3, so that base64 can be made step by step

}  // namespace

RejectedFile::RejectedFile(std::string partial_path, std::string final_path, Rejects rejects, Durability durability)
    : partial_path_(std::move(partial_path)),
      final_path_(std::move(final_path)),
      rejects_(rejects),
      durability_(durability) {}

RunResult<void> RejectedFile::flush(std::size_t unless_under) {
  if (buffer_.size() < unless_under || buffer_.empty()) return {};
  if (partial_path_.empty()) {
    buffer_.clear();
    return {};
  }
  if (!file_) {
    auto created = create_file(partial_path_);
    if (!created) return tl::unexpected(created.error());
    file_ = std::move(*created);
  }
  iovec piece{buffer_.data(), buffer_.size()};
  auto written = write_pieces(file_.get(), {&piece, 1}, offset_, partial_path_);
  offset_ += buffer_.size();
  buffer_.clear();
  return written;
}

RunResult<std::uint64_t> RejectedFile::add(const RejectedLine& line) {
  buffer_ += R"({"source":{"file":)";
  buffer_ += json::quoted(json::as_utf8(line.file));
  buffer_ += R"(,"line":)";
  const std::uint64_t number_offset = offset_ + buffer_.size();
  fmt::format_to(std::back_inserter(buffer_), R"({},"byte":{}}},"reason":"{}","pointer":)", line.line, line.byte,
                 name(line.fault->code));
  buffer_ += json::quoted(json::as_utf8(line.fault->pointer));
  buffer_ += R"(,"detail":)";
  buffer_ += json::quoted(json::as_utf8(line.fault->detail));
  if (line.has_raw && rejects_ == Rejects::full) {
    const bool as_base64 = line.fault->code == FaultCode::invalid_utf8;
    buffer_ += as_base64 ? R"(,"raw_base64":")" : R"(,"raw":")";
    for (std::size_t at = 0; at < line.raw.size(); at += step_bytes) {
      const std::string_view step = line.raw.substr(at, step_bytes);
      if (as_base64) {
        const std::size_t before = buffer_.size();
        buffer_.resize(before + base64::encoded_length(step.size()));
        base64::encode(as_bytes(step), buffer_.data() + before);
      } else {
        json::append_escaped(buffer_, step);
      }
      if (auto flushed = flush(step_bytes); !flushed) return tl::unexpected(flushed.error());
    }
    buffer_ += '"';
  }
  buffer_ += "}\n";
  if (auto flushed = flush(step_bytes); !flushed) return tl::unexpected(flushed.error());
  return number_offset;
}

RunResult<void> RejectedFile::resume(std::uint64_t bytes) {
  if (bytes == 0) return {};
  file_ = FileDescriptor(::open(partial_path_.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file_) return system_fault(partial_path_, "open", errno);
  if (::ftruncate(file_.get(), static_cast<off_t>(bytes)) != 0) return system_fault(partial_path_, "cut", errno);
  offset_ = bytes;
  return {};
}

RunResult<std::uint64_t> RejectedFile::save() {
  if (auto flushed = flush(0); !flushed) return tl::unexpected(flushed.error());
  if (file_ && durability_ == Durability::synced)
    if (auto synced = sync_file(file_.get(), partial_path_); !synced) return tl::unexpected(synced.error());
  return offset_;
}

RunResult<void> RejectedFile::finish() {
  if (auto saved = save(); !saved) return tl::unexpected(saved.error());
  if (!file_) return {};
  if (const int error = file_.close()) return system_fault(partial_path_, "write", error);
  if (std::rename(partial_path_.c_str(), final_path_.c_str()) != 0)
    return system_fault(final_path_, "rename into place", errno);
  // Before the manifest, whose presence says that it is there.
  return durability_ == Durability::synced ? sync_directory(final_path_.substr(0, final_path_.rfind('/') + 1))
                                           : RunResult<void>();
}

}  // namespace visionshard::output
