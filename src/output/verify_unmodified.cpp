#include "output/verify_unmodified.h"

#include <algorithm>

#include "base/file.h"
#include "base/file_digest.h"

namespace visionshard::output {

WriteTimes write_times(const std::vector<std::string>& paths) {
  WriteTimes times;
  for (const std::string& path : paths) {
    const auto state = file_state(path);
    if (!state) continue;
    const auto ns = static_cast<std::uint64_t>(state->modified_ns);
    times.first_ns = times.last_ns == 0 ? ns : std::min(times.first_ns, ns);
    times.last_ns = std::max(times.last_ns, ns);
  }
  return times;
}

RunResult<bool> verify_unmodified(const std::string& path, const FileDigest& wanted, const WriteTimes& written,
                                  const KeepRunning& keep_running) {
  if (wanted.bytes == 0) return true;
  const std::uint64_t now = write_times({path}).last_ns;
  if (now != 0 && now >= written.first_ns && now <= written.last_ns) return true;
  const auto digests = VISIONSHARD_TRY(file_digests(path, DigestOption::xxh128, keep_running));
  return digests.xxh128 == wanted.xxh128;
}

}  // namespace visionshard::output
