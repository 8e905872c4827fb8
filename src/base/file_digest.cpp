#include "base/file_digest.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace visionshard {

RunResult<Digests> file_digests(const std::string& path, DigestOption option, const KeepRunning& keep_running) {
  constexpr std::size_t step_bytes = 256 << 10;  // stays in the second-level cache between the copy and the digest
  const auto state = VISIONSHARD_TRY(file_state(path));
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_fault(path, "open", errno);
  FileDigester digester(option);
  Bytes step(std::min<std::uint64_t>(state.bytes, step_bytes));
  for (std::uint64_t at = 0; at < state.bytes;) {
    auto got = VISIONSHARD_TRY(
        read_at(file.get(), step.data(), std::min<std::uint64_t>(state.bytes - at, step_bytes), at, path));
    if (got == 0) return run_fault(path + ": became shorter while it was read");
    digester.update(step.view().first(got));
    at += got;
    if (keep_running && !keep_running()) return interrupted();
  }
  return digester.finish();
}

}  // namespace visionshard
