#include "cli/terminal/side_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "cli/terminal/metrics_file.h"

namespace visionshard::cli {
namespace {

namespace fs = std::filesystem;

std::string check_path(const std::string& path, const char* what, const ConvertOptions& options) {
  // What these lead to was chosen elsewhere.
  if (path == "/dev/stdout" || path == "/dev/stderr" || path.starts_with("/dev/fd/") || path.starts_with("/proc/"))
    return {};
  switch (use_of_file(path, options)) {
    case FileUse::none: return {};
    case FileUse::read: return fmt::format("{}: is read by the run; give another name for the {}", path, what);
    case FileUse::written:
      return fmt::format("{}: is a file of the run itself; give another name for the {}", path, what);
  }
  return {};
}

// Whether it is none, empty, or begins as metrics do.
bool may_replace(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return true;
  std::string begins(metrics_beginning.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(begins.data(), static_cast<std::streamsize>(begins.size()));
  return file.gcount() == 0 || begins == metrics_beginning;
}

}  // namespace

std::string check_log_path(const std::string& path, const ConvertOptions& options) {
  return check_path(path, "log", options);
}

std::string check_metrics_path(const std::string& path, const ConvertOptions& options) {
  if (std::string wrong = check_path(path, "metrics", options); !wrong.empty()) return wrong;
  if (!may_replace(path))
    return fmt::format("{}: holds something else than the metrics of a run, and would be replaced; give another name",
                       path);
  const auto cannot = [&](int error) {
    return fmt::format("{}: cannot write the metrics: {}", path, std::generic_category().message(error));
  };
  std::error_code error;
  if (fs::is_directory(path, error)) return cannot(EISDIR);
  const auto folder = [&](const fs::path& name) { return fs::weakly_canonical(fs::absolute(name, error), error) / ""; };
  const fs::path parent = fs::absolute(path, error).parent_path();
  if (::access(parent.c_str(), W_OK | X_OK) == 0) return {};
  const int access_error = errno;
  const bool will_be_made = access_error == ENOENT && folder(parent) == folder(options.output.directory);
  return will_be_made ? std::string() : cannot(access_error);
}

}  // namespace visionshard::cli
