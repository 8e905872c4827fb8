#include "shard/file_digest.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace visionshard::shard {

RunResult<void> digest_range(Sha256& digest, const FileDescriptor& file, std::uint64_t begin, std::uint64_t end,
                             const std::string& path, const GoesOn& goes_on) {
  constexpr std::size_t step_bytes = 256 << 10;  // stays in the second-level cache between the copy and the digest
  Bytes step;
  while (begin < end) {
    if (step.size() == 0) step.resize(step_bytes);
    const std::size_t want = std::min<std::uint64_t>(end - begin, step_bytes);
    auto got = read_at(file.get(), step.data(), want, begin, path);
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return run_fault(path + ": became shorter while it was read");
    digest.update(step.view().first(*got));
    begin += *got;
    if (goes_on && !goes_on()) return run_fault(given_up);
  }
  return {};
}

RunResult<Sha256::Digest> file_digest(const std::string& path, const GoesOn& goes_on) {
  const auto state = file_state(path);
  if (!state) return tl::unexpected(state.error());
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_fault(path, "open", errno);
  Sha256 digest;
  if (auto taken = digest_range(digest, file, 0, state->bytes, path, goes_on); !taken)
    return tl::unexpected(taken.error());
  return digest.finish();
}

}  // namespace visionshard::shard
