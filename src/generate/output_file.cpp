#include "generate/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace visionshard::generate {
namespace {

std::string partial_path(const std::string& path) { return path + ".partial"; }

}  // namespace

RunResult<void> check_output_file(const std::string& path, bool force) {
  if (path == "-") return {};
  struct stat status;
  if (::stat(path.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode))
      return run_fault(fmt::format("{}: is there and is no regular file; - writes to standard output", path));
    if (!force) return run_fault(fmt::format("{}: is there; --force replaces it", path));
  }
  if (!force && ::stat(partial_path(path).c_str(), &status) == 0)
    return run_fault(
        fmt::format("{}: is there, of a run that goes on or was killed; --force replaces it", partial_path(path)));
  return {};
}

RunResult<OutputFile> OutputFile::create(const std::string& path, bool force) {
  OutputFile out;
  out.force_ = force;
  if (path == "-") return out;
  const std::string partial = partial_path(path);
  FileDescriptor file(
      ::open(partial.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (force ? O_TRUNC : O_EXCL), 0666));
  if (!file) return system_fault(partial, "create", errno);
  out.file_ = AtomicFile(std::move(file), partial, path, Durability::none, Temporary::removed);
  return out;
}

RunResult<void> OutputFile::append(std::span<iovec> pieces) {
  return file_ ? file_.append(pieces) : append_pieces(STDOUT_FILENO, pieces, "standard output");
}

RunResult<void> OutputFile::finish() {
  if (!file_) return {};
  return file_.publish(force_ ? Existing::replaced : Existing::refused);  // one may have come since the check
}

}  // namespace visionshard::generate
