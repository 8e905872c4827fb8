#include "check/sources.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "input/source_list.h"
#include "output/finished_run.h"
#include "output/run_directory.h"

namespace visionshard::checking {
namespace {

RunResult<void> add_run(const std::string& directory, Sources& sources) {
  CheckedRun run;
  run.directory = directory;
  run.manifest = fmt::format("{}/{}", directory, output::manifest_name);
  auto shards = VISIONSHARD_TRY(output::read_manifest_shards(run.manifest));
  run.written = VISIONSHARD_TRY(output::read_manifest_layout(run.manifest));
  run.counts = VISIONSHARD_TRY(output::read_manifest_counts(run.manifest));
  const auto names = VISIONSHARD_TRY(output::corpus_names_in(directory));
  std::set<std::string> left(names.begin(), names.end());
  for (ShardInfo& info : shards) {
    const std::string path = fmt::format("{}/{}", directory, info.path);
    if (left.erase(info.path) == 0) {
      run.missing.push_back(path);
      continue;
    }
    run.shards.push_back({std::move(info), sources.paths.size()});
    sources.paths.push_back(path);
  }
  for (const std::string& name : left) {
    run.not_named.push_back(fmt::format("{}/{}", directory, name));
    sources.paths.push_back(run.not_named.back());
  }
  sources.run_of_path.resize(sources.paths.size(), sources.runs.size());
  sources.runs.push_back(std::move(run));
  return {};
}

}  // namespace

RunResult<Sources> list_sources(const std::vector<std::string>& inputs) {
  Sources sources;
  std::size_t standard_inputs = 0;
  for (const std::string& input : inputs) {
    standard_inputs += input == "-";
    if (standard_inputs > 1) return run_fault("-: standard input can be read only once");
    switch (output::state_of_folder(input)) {
      case output::FolderState::finished: VISIONSHARD_TRY(add_run(input, sources)); continue;
      case output::FolderState::unfinished:
        return run_fault(
            fmt::format("{}: holds an unfinished run, whose shards are not complete; finish it first", input));
      case output::FolderState::no_run: break;
    }
    const auto listed = VISIONSHARD_TRY(input::list_sources({input}));
    sources.paths.insert(sources.paths.end(), listed.begin(), listed.end());
    sources.run_of_path.resize(sources.paths.size(), Sources::no_run);
  }
  return sources;
}

}  // namespace visionshard::checking
