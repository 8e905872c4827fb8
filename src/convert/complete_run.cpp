#include "convert/complete_run.h"

#include <fmt/format.h>

#include "base/file.h"
#include "output/image_folder.h"
#include "output/manifest_reader.h"
#include "output/run_directory.h"
#include "output/run_fingerprint.h"

namespace visionshard::conversion {

RunResult<void> check_complete_run(const std::string& directory, const char* next_step) {
  const auto path_of = [&](std::string_view name) { return fmt::format("{}/{}", directory, name); };
  const std::string manifest = path_of(output::manifest_name);
  const auto report = VISIONSHARD_TRY(output::read_manifest_report(manifest));
  const auto written = VISIONSHARD_TRY(output::read_manifest_layout(manifest));
  const auto is_gone = [&](const RunFault& fault) {
    return run_fault(fmt::format("{}, though the run is finished; {}", fault.message, next_step));
  };
  for (const ShardInfo& shard : report.shards) {
    const std::string path = path_of(shard.path);
    const auto state = file_state(path);
    if (!state) return is_gone(state.error());
    if (state->bytes != shard.bytes)
      return run_fault(
          fmt::format("{}: has {} bytes, and the manifest says {}; {}", path, state->bytes, shard.bytes, next_step));
  }
  if (report.counts.rejected > 0)
    if (const auto state = file_state(path_of(output::rejected_name)); !state) return is_gone(state.error());
  if (written.images != ImagePlace::files) return {};
  const ImageFiles images = VISIONSHARD_TRY(output::count_images(directory));
  if (images.files != written.image_files.files || images.bytes != written.image_files.bytes)
    return run_fault(fmt::format("{}: holds {} images of {} bytes, and the manifest says {} of {}; {}",
                                 path_of(output::images_name), images.files, images.bytes, written.image_files.files,
                                 written.image_files.bytes, next_step));
  return {};
}

RunOutcome take_complete_run(const ConvertOptions& options, const std::vector<std::string>& sources) {
  const std::string& directory = options.output.directory;
  const std::string manifest = fmt::format("{}/{}", directory, output::manifest_name);
  const auto failed = [](RunFault&& fault) { return RunOutcome{RunStatus::failed, std::move(fault.message), {}}; };
  auto other = output::difference_from_finished_run(directory, options, sources);
  if (!other) return failed(std::move(other.error()));
  if (*other)
    return {RunStatus::refused,
            fmt::format("{}: holds a finished run of another kind: {}; give --force to replace it, or another "
                        "directory",
                        directory, **other),
            {}};
  if (auto complete = check_complete_run(directory, "--force makes the run again"); !complete)
    return failed(std::move(complete.error()));
  if (auto removed = output::remove_work_directory(directory); !removed) return failed(std::move(removed.error()));
  auto report = output::read_manifest_report(manifest);
  if (!report) return failed(std::move(report.error()));
  RunOutcome outcome{RunStatus::done, fmt::format("{}: is complete already", directory), std::move(*report)};
  outcome.was_complete = true;
  return outcome;
}

}  // namespace visionshard::conversion
