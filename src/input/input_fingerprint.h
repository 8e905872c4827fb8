// The state of the inputs (size, time), to detect later whether they changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace visionshard::input {

/// An input as it was when the run began.
struct InputFingerprint {
  std::string path;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
  std::string sample;            // XXH3-128 of parts of it

  bool operator==(const InputFingerprint&) const = default;
};

/// Size, time and the digest of a few evenly spaced samples of each file. Standard input has none of these. Fault: a
/// file cannot be read.
RunResult<std::vector<InputFingerprint>> input_fingerprints(const std::vector<std::string>& sources);

}  // namespace visionshard::input
