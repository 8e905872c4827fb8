#include <visionshard/convert.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "input/source_list.h"
#include "output/run_directory.h"
#include "output/shard_planner.h"

namespace visionshard {
namespace {

namespace fs = std::filesystem;

// Also of what is not there yet.
fs::path real_path(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(fs::absolute(path, error), error);
  return real.has_filename() ? real : real.parent_path();
}

bool is_below(const fs::path& path, const std::string& folder) {
  const fs::path inner = real_path(path), outer = real_path(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

bool is_written(const std::string& path, const OutputOptions& output) {
  const fs::path real = real_path(path);
  if (output.keeps_nothing() || real.parent_path() != real_path(output.directory)) return false;
  const std::string name = real.filename().native();
  return output::is_name_beside_shards(name) || output::is_shard_name(name, output.prefix) ||
         output::is_shard_name(name, output::validation_prefix);
}

bool is_read(const std::string& path, const ConvertOptions& options) {
  const auto is_same = [&](const std::string& other) {
    std::error_code error;
    return fs::equivalent(other, path, error) && !error;
  };
  const auto would_hold = [&](const std::string& input) {
    std::error_code error;
    return fs::is_directory(input, error) && is_below(path, input) && !is_below(path, options.output.directory);
  };
  return std::ranges::any_of(options.inputs, is_same) ||
         (input::is_corpus_name(path) && std::ranges::any_of(options.inputs, would_hold)) ||
         std::ranges::any_of(options.line.exclude, is_same, &ExclusionList::path) ||
         is_same(options.shaping.keep_split.path);
}

}  // namespace

FileUse use_of_file(const std::string& path, const ConvertOptions& options) {
  if (is_written(path, options.output)) return FileUse::written;
  return is_read(path, options) ? FileUse::read : FileUse::none;
}

}  // namespace visionshard
