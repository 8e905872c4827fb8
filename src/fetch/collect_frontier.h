// Reads the inputs and fills the frontier with their URLs.
#pragma once

#include <visionshard/fetch.h>

#include <atomic>

#include "fetch/frontier.h"

namespace visionshard::fetching {

/// Fault: an input cannot be read, the disk fails, or interrupted().
RunResult<void> collect_frontier(const FetchOptions& options, const std::atomic<bool>& stop, Frontier& frontier);

}  // namespace visionshard::fetching
