#include "python/shard_lines.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace visionshard::python {
namespace {

std::uint64_t part_begin(std::uint64_t bytes, std::uint64_t part, std::uint64_t of) {
  // bytes * part / of, without overflow.
  return bytes / of * part + (bytes % of) * part / of;
}

}  // namespace

ShardLines::ShardLines(std::string path, std::uint32_t part, std::uint32_t of)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), "rbe"), &std::fclose) {
  struct stat status {};
  if (file_ == nullptr || ::fstat(::fileno(file_.get()), &status) != 0) fail();
  if (!S_ISREG(status.st_mode)) {
    errno = S_ISDIR(status.st_mode) ? EISDIR : ESPIPE;
    fail();
  }
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  at_ = part_begin(bytes, part, of);
  end_ = part_begin(bytes, std::uint64_t{part} + 1, of);
  if (at_ == 0) return;
  // A line that begins at the very first byte has its newline before it.
  --at_;
  if (::fseeko(file_.get(), static_cast<off_t>(at_), SEEK_SET) != 0) fail();
  read_line();
}

ShardLines::~ShardLines() { std::free(line_); }

void ShardLines::fail() const { throw std::system_error(errno, std::generic_category()); }

bool ShardLines::read_line() {
  const ssize_t read = ::getdelim(&line_, &capacity_, '\n', file_.get());
  if (read < 0) {
    if (std::ferror(file_.get()) != 0 || errno == ENOMEM) fail();
    return false;
  }
  at_ += static_cast<std::uint64_t>(read);
  length_ = static_cast<std::size_t>(read);
  if (length_ > 0 && line_[length_ - 1] == '\n') --length_;
  return true;
}

std::optional<std::variant<LineWithImages, Fault>> ShardLines::next() {
  while (at_ < end_) {
    const std::uint64_t begin = at_;
    errno = 0;
    if (!read_line()) break;
    const std::string_view line(line_, length_);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto images = images_.read(line);
    if (auto* const fault = std::get_if<Fault>(&images)) {
      fault->detail = "line at byte " + std::to_string(begin) + (fault->pointer.empty() ? "" : ", " + fault->pointer) +
                      ": " + fault->detail;
      return std::move(*fault);
    }
    return LineWithImages{line, std::move(std::get<0>(images))};
  }
  return std::nullopt;
}

}  // namespace visionshard::python
