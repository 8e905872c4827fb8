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

bool lies_in(const fs::path& path, const std::string& folder) {
  std::error_code error;
  return fs::weakly_canonical(fs::absolute(path, error).parent_path(), error) ==
         fs::weakly_canonical(fs::absolute(folder, error), error);
}

// PREFIX-NNNNN.jsonl.
bool is_shard_name(std::string_view name, const std::string& prefix) {
  if (!name.starts_with(prefix + "-") || !name.ends_with(".jsonl")) return false;
  const std::string_view number = name.substr(prefix.size() + 1, name.size() - prefix.size() - 7);
  return number.size() >= 5 && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_file_of_run(const fs::path& path, const OutputOptions& output) {
  if (output.keeps_nothing() || !lies_in(path, output.directory)) return false;
  const std::string name = path.filename().native();
  const auto names = {"manifest.json", "run.json", "report.html", "rejected.jsonl", "plan.json", "layout.json"};
  return is_shard_name(name, output.prefix) || is_shard_name(name, "validation") ||
         std::ranges::find(names, name) != names.end();
}

// What the run reads: an input, a file below one, or a list.
bool is_read(const fs::path& path, const ConvertOptions& options) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(path, error);
  const auto is_or_holds = [&](const std::string& input) {
    if (input == "-" || !fs::exists(input, error)) return false;
    if (fs::equivalent(input, path, error)) return true;
    const fs::path folder = fs::weakly_canonical(input, error);
    return std::mismatch(folder.begin(), folder.end(), whole.begin(), whole.end()).first == folder.end();
  };
  return std::ranges::any_of(options.inputs, is_or_holds) ||
         std::ranges::any_of(options.line.exclude, is_or_holds, &ExclusionList::path) ||
         (!options.shaping.keep_split.path.empty() && is_or_holds(options.shaping.keep_split.path));
}

std::string check_path(const std::string& path, const char* what, const ConvertOptions& options) {
  std::error_code error;
  // What is no regular file has nothing to lose; what "/dev/stderr" leads to was chosen elsewhere.
  if (path.starts_with("/dev/") || path.starts_with("/proc/")) return {};
  if (is_file_of_run(path, options.output))
    return fmt::format("{}: is a file of the run itself; give another name for the {}", path, what);
  if (fs::is_regular_file(path, error) && is_read(path, options))
    return fmt::format("{}: is read by the run; give another name for the {}", path, what);
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
  const fs::path parent = fs::absolute(path, error).parent_path();
  if (::access(parent.c_str(), W_OK | X_OK) == 0) return {};
  const int access_error = errno;
  return access_error == ENOENT && lies_in(path, options.output.directory) ? std::string() : cannot(access_error);
}

}  // namespace visionshard::cli
