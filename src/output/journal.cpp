#include "output/journal.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "base/atomic_file.h"
#include "output/run_directory.h"

namespace visionshard::output {
namespace {

std::string path_in(const std::string& directory) {
  return fmt::format("{}/{}/{}", directory, work_directory_name, journal_name);
}

}  // namespace

RunResult<Journal> Journal::create(const std::string& directory, const std::vector<std::string>& lines,
                                   Durability durability) {
  std::string text;
  for (const std::string& line : lines) text += line;
  Journal journal;
  journal.path_ = path_in(directory);
  journal.bytes_ = text.size();
  journal.durability_ = durability;
  VISIONSHARD_TRY(write_file_atomically(journal.path_, text, durability));
  journal.file_ = FileDescriptor(::open(journal.path_.c_str(), O_WRONLY | O_CLOEXEC));
  if (!journal.file_) return system_fault(journal.path_, "open", errno);
  return journal;
}

RunResult<void> Journal::append(std::string_view line) {
  if (!file_) return {};
  iovec piece{const_cast<char*>(line.data()), line.size()};
  VISIONSHARD_TRY(write_pieces(file_.get(), {&piece, 1}, bytes_, path_));
  bytes_ += line.size();
  return durability_ == Durability::synced ? sync_file(file_.get(), path_) : RunResult<void>();
}

RunResult<std::vector<std::string>> read_journal(const std::string& directory) {
  const std::string path = path_in(directory);
  auto read = VISIONSHARD_TRY(read_file(path));
  const std::string text = read.value_or("");
  std::vector<std::string> lines;
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    lines.push_back(text.substr(at, end + 1 - at));
  return lines;
}

}  // namespace visionshard::output
