#include "distribute/job_exclusions.h"

#include "base/file.h"
#include "base/xxh128.h"

namespace visionshard::distribute {

RunResult<std::string> exclusions_text(JobPlan& plan, const std::vector<std::string>& sources,
                                       std::uint64_t memory_bytes, const KeepRunning& keep_running) {
  LineOptions& line = plan.options.line;
  const auto exclusions = VISIONSHARD_TRY(exclusion::read_lists(line.exclude, sources, line.max_line_bytes,
                                                                exclusion::max_list_bytes(memory_bytes), keep_running));
  if (!exclusions) return std::string();
  std::string text = exclusions->serialized();
  plan.exclusions = {text.size(), hexadecimal(xxh128_digest(as_bytes(text)))};
  return text;
}

RunResult<std::shared_ptr<const exclusion::Exclusions>> read_exclusions(const JobPaths& paths, const JobPlan& plan) {
  if (plan.exclusions.bytes == 0) return nullptr;
  const std::string path = paths.exclusions();
  auto text = VISIONSHARD_TRY(read_file(path));
  if (!text || text->size() != plan.exclusions.bytes ||
      hexadecimal(xxh128_digest(as_bytes(*text))) != plan.exclusions.xxh128)
    return run_fault(path + ": is gone or was changed since the plan was made; run visionshard plan again");
  auto exclusions = VISIONSHARD_TRY(exclusion::Exclusions::deserialized(*text));
  return std::make_shared<const exclusion::Exclusions>(std::move(exclusions));
}

}  // namespace visionshard::distribute
