#include "output/verify_unmodified.h"

#include <algorithm>

#include "base/file.h"
#include "base/file_digest.h"

namespace visionshard::output {

std::uint64_t last_write_ns(const std::vector<std::string>& paths) {
  std::int64_t last_ns = 0;
  for (const std::string& path : paths)
    if (const auto state = file_state(path)) last_ns = std::max(last_ns, state->modified_ns);
  return static_cast<std::uint64_t>(last_ns);
}

RunResult<bool> verify_unmodified(const std::string& path, const FileDigest& wanted, std::uint64_t written_ns,
                                  const KeepRunning& keep_running) {
  if (wanted.bytes == 0 || last_write_ns({path}) <= written_ns) return true;
  const auto digests = VISIONSHARD_TRY(file_digests(path, DigestOption::xxh128, keep_running));
  return digests.xxh128 == wanted.xxh128;
}

}  // namespace visionshard::output
