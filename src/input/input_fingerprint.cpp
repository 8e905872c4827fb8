#include "input/input_fingerprint.h"

#include <fcntl.h>

#include <cerrno>

#include "base/file.h"
#include "base/xxh128.h"

namespace visionshard::input {
namespace {

RunResult<InputFingerprint> state_of(const std::string& path) {
  InputFingerprint state;
  state.path = path;
  if (path == "-") return state;
  const auto there = VISIONSHARD_TRY(file_state(path));
  // A pipe that is opened and closed again leaves its writer without a reader.
  if (!there.is_regular) return state;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_fault(path, "open", errno);
  state.bytes = there.bytes;
  state.modified_ns = there.modified_ns;
  constexpr std::uint64_t samples = 16, sample_bytes = 4096;
  Bytes sample(sample_bytes);
  Xxh128 digest;
  for (std::uint64_t i = 0; i < samples; ++i) {
    const std::uint64_t last = state.bytes > sample_bytes ? state.bytes - sample_bytes : 0;
    auto got = VISIONSHARD_TRY(read_at(file.get(), sample.data(), sample_bytes, last / (samples - 1) * i, path));
    digest.update(sample.view().first(got));
    if (last == 0) break;
  }
  state.sample = hexadecimal(digest.finish());
  return state;
}

}  // namespace

RunResult<std::vector<InputFingerprint>> input_fingerprints(const std::vector<std::string>& sources) {
  std::vector<InputFingerprint> states;
  for (const std::string& path : sources) {
    auto state = VISIONSHARD_TRY(state_of(path));
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace visionshard::input
