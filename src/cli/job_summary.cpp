#include "cli/job_summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/summary.h"

namespace visionshard::cli {
namespace {

std::string progress_of(std::uint64_t all, const std::vector<std::uint64_t>& missing) {
  return fmt::format("{} of {}{}", counted(all - missing.size()), counted(all),
                     missing.empty() ? "" : "; missing " + array_spec(missing));
}

const char* next_step(const JobStatus& s) {
  if (s.sealed) return "nothing: the folder is finished";
  if (!s.missing_parts.empty()) return "visionshard map";
  if (!s.merged) return "visionshard merge";
  return s.missing_shards.empty() ? "visionshard seal" : "visionshard pack";
}

}  // namespace

std::string status_text(const JobStatus& s) {
  std::string out =
      fmt::format("{:<10} {}\n{:<10} {}\n", "plan", s.plan, "parts", progress_of(s.parts, s.missing_parts));
  out += fmt::format("{:<10} {}\n", "shards", s.merged ? progress_of(s.shards, s.missing_shards) : "not laid out yet");
  return out + fmt::format("{:<10} {}\n", "next", next_step(s));
}

std::string status_json(const JobStatus& s) {
  return fmt::format(
      "{{\"plan\":\"{}\",\"parts\":{},\"missing_parts\":[{}],\"merged\":{},\"shards\":{},\"missing_shards\":[{}],"
      "\"sealed\":{}}}\n",
      s.plan, s.parts, fmt::join(s.missing_parts, ","), s.merged, s.shards, fmt::join(s.missing_shards, ","), s.sealed);
}

}  // namespace visionshard::cli
