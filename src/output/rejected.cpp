// Lines can be hundreds of megabytes, so their text is escaped through a buffer of bounded size.
#include "output/rejected.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

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
  if (!file_) file_ = VISIONSHARD_TRY(AtomicFile::create(partial_path_, final_path_, durability_, Temporary::kept));
  VISIONSHARD_TRY(file_.append(buffer_));
  offset_ += buffer_.size();
  buffer_.clear();
  return {};
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
      VISIONSHARD_TRY(flush(step_bytes));
    }
    buffer_ += '"';
  }
  buffer_ += "}\n";
  VISIONSHARD_TRY(flush(step_bytes));
  return number_offset;
}

RunResult<void> RejectedFile::resume(std::uint64_t bytes) {
  if (bytes == 0) return {};
  FileDescriptor file(::open(partial_path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!file) return system_fault(partial_path_, "open", errno);
  if (::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0) return system_fault(partial_path_, "cut", errno);
  file_ = AtomicFile(std::move(file), partial_path_, final_path_, durability_, Temporary::kept);
  offset_ = bytes;
  return {};
}

RunResult<std::uint64_t> RejectedFile::save() {
  VISIONSHARD_TRY(flush(0));
  if (file_) VISIONSHARD_TRY(file_.sync());
  return offset_;
}

RunResult<void> RejectedFile::finish() {
  VISIONSHARD_TRY(flush(0));
  return file_ ? file_.publish(Existing::replaced) : RunResult<void>();
}

}  // namespace visionshard::output
