#include "convert/complete_run.h"

#include <fmt/format.h>

#include "base/file.h"
#include "output/manifest_reader.h"
#include "output/run_directory.h"

namespace visionshard::conversion {

RunResult<void> check_complete_run(const std::string& directory, const char* next_step) {
  const auto path_of = [&](std::string_view name) { return fmt::format("{}/{}", directory, name); };
  const auto shards = output::read_manifest_shards(path_of(output::manifest_name));
  if (!shards) return tl::unexpected(shards.error());
  for (const ShardInfo& shard : *shards) {
    const std::string path = path_of(shard.path);
    const auto state = file_state(path);
    if (!state) return run_fault(fmt::format("{}, though the run is finished; {}", state.error().message, next_step));
    if (state->bytes != shard.bytes)
      return run_fault(
          fmt::format("{}: has {} bytes, and the manifest says {}; {}", path, state->bytes, shard.bytes, next_step));
  }
  return {};
}

}  // namespace visionshard::conversion
