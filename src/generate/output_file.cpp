#include "generate/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

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
  out.path_ = path == "-" ? "standard output" : path;
  out.force_ = force;
  if (path == "-") return out;
  const std::string partial = partial_path(path);
  out.file_ = FileDescriptor(
      ::open(partial.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (force ? O_TRUNC : O_EXCL), 0666));
  if (!out.file_) return system_fault(partial, "create", errno);
  out.partial_path_ = partial;
  return out;
}

OutputFile::~OutputFile() {
  if (file_) ::unlink(partial_path_.c_str());
}

RunResult<void> OutputFile::append(std::span<iovec> pieces) {
  return append_pieces(file_ ? file_.get() : STDOUT_FILENO, pieces, partial_path_.empty() ? path_ : partial_path_);
}

RunResult<void> OutputFile::finish() {
  if (!file_) return {};
  RunResult<void> finished;
  if (const int error = file_.close())
    finished = system_fault(partial_path_, "write", error);
  else if (!force_)
    finished = rename_new(partial_path_, path_);  // a file may have come into being since the check
  else if (std::rename(partial_path_.c_str(), path_.c_str()) != 0)
    finished = system_fault(path_, "rename into place", errno);
  if (!finished) ::unlink(partial_path_.c_str());
  return finished;
}

}  // namespace visionshard::generate
