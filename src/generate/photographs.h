// Photographs of the user's, to make corpora of.
#pragma once

#include <atomic>
#include <vector>

#include "base/result.h"
#include "codec/pixels.h"
#include "generate/random.h"

namespace visionshard::generate {

/// Most photographs taken from a directory: enough variety, and at 20 megapixels each 1.4 GB.
inline constexpr std::size_t max_photographs = 24;

/// RGB pictures out of the JPEG, PNG and WebP files of more than 250,000 bytes beneath `directory`, drawn by `random`
/// from the list in byte order of the path, upright and in sRGB. A file that cannot be decoded, is under 64 pixels a
/// side or over 100 megapixels is passed over; to find none is a fault. Throws std::bad_alloc.
RunResult<std::vector<codec::Pixels>> read_photographs(const std::string& directory, Random& random, unsigned threads,
                                                       const std::atomic<bool>& stop);

}  // namespace visionshard::generate
