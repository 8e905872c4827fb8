#include "pipeline/complete_run.h"

#include <fmt/format.h>

#include "base/file.h"
#include "report/manifest_reader.h"
#include "shard/output_directory.h"

namespace visionshard::pipeline {

RunResult<void> check_complete_run(const std::string& directory) {
  const auto path_of = [&](std::string_view name) { return fmt::format("{}/{}", directory, name); };
  const auto report = report::read_manifest_report(path_of(shard::manifest_name));
  if (!report) return tl::unexpected(report.error());
  constexpr char way_on[] = "; the run in it is finished, and --force makes it anew";
  for (const ShardInfo& shard : report->shards) {
    const auto state = file_state(path_of(shard.path));
    if (!state) return run_fault(state.error().message + way_on);
    if (state->bytes != shard.bytes)
      return run_fault(fmt::format("{}: has {} bytes, and the manifest says {}{}", path_of(shard.path), state->bytes,
                                   shard.bytes, way_on));
  }
  if (report->counts.rejected == 0) return {};
  const auto rejected = file_state(path_of(shard::rejected_name));
  return rejected ? RunResult<void>() : run_fault(rejected.error().message + way_on);
}

}  // namespace visionshard::pipeline
