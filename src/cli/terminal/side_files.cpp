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

// Also of what is not there yet.
fs::path real_path(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(fs::absolute(path, error), error);
  return real.has_filename() ? real : real.parent_path();
}

bool lies_in(const fs::path& path, const std::string& folder) {
  return real_path(path).parent_path() == real_path(folder);
}

// PREFIX-NNNNN.jsonl.
bool is_shard_name(std::string_view name, const std::string& prefix) {
  if (!name.starts_with(prefix + "-") || !name.ends_with(".jsonl")) return false;
  const std::string_view number = name.substr(prefix.size() + 1, name.size() - prefix.size() - 7);
  return number.size() >= 5 && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_file_of_run(const fs::path& path, const OutputOptions& output) {
  if (output.keeps_nothing() || !lies_in(path, output.directory)) return false;
  const std::string name = real_path(path).filename().native();
  const auto names = {"manifest.json", "run.json", "report.html", "rejected.jsonl", "plan.json", "layout.json"};
  return is_shard_name(name, output.prefix) || is_shard_name(name, "validation") ||
         std::ranges::find(names, name) != names.end();
}

bool is_below(const fs::path& path, const std::string& folder) {
  const fs::path inner = real_path(path), outer = real_path(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// An input, a list, or what would be an input when folders are listed: there or in the next run.
bool is_read(const std::string& path, const ConvertOptions& options) {
  const auto is_same = [&](const std::string& other) {
    std::error_code error;
    return fs::equivalent(other, path, error) && !error;
  };
  const bool is_corpus = path.ends_with(".jsonl") || path.ends_with(".jsonl.gz") || path.ends_with(".jsonl.zst");
  const auto holds = [&](const std::string& input) {
    std::error_code error;
    return is_corpus && fs::is_directory(input, error) && is_below(path, input) &&
           !is_below(path, options.output.directory);
  };
  return std::ranges::any_of(options.inputs, is_same) || std::ranges::any_of(options.inputs, holds) ||
         std::ranges::any_of(options.line.exclude, is_same, &ExclusionList::path) ||
         is_same(options.shaping.keep_split.path);
}

std::string check_path(const std::string& path, const char* what, const ConvertOptions& options) {
  // What these lead to was chosen elsewhere.
  if (path == "/dev/stdout" || path == "/dev/stderr" || path.starts_with("/dev/fd/") || path.starts_with("/proc/"))
    return {};
  if (is_file_of_run(path, options.output))
    return fmt::format("{}: is a file of the run itself; give another name for the {}", path, what);
  if (is_read(path, options)) return fmt::format("{}: is read by the run; give another name for the {}", path, what);
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
