// Images that stand on so many lines that they say nothing of which examples are alike.
#pragma once

#include <cstdint>
#include <string>

#include "distribute/cluster_job.h"
#include "output/example_keys.h"

namespace visionshard::distribute {

/// Whether an image on `lines` of `all` lines is a few-shot prefix or a logo: it connects nothing. In a small corpus
/// two lines are more than 1 % already, and must not be parted.
constexpr bool is_frequent(std::uint64_t lines, std::uint64_t all) noexcept {
  constexpr std::uint64_t least_lines = 10;
  return lines >= least_lines && lines * 100 > all;
}

/// The SHA-256 of the image with this key in the example at `place`, as it is written; empty where it is there by URL,
/// or was converted. Fault: a part cannot be read.
RunResult<std::string> sha256_of_image(const ClusterJob& job, const output::HashKey& key, std::uint64_t place);

}  // namespace visionshard::distribute
