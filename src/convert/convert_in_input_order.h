// A run whose shards have the examples in input order, in one pass.
#pragma once

#include <visionshard/convert.h>

namespace visionshard::conversion {

/// As visionshard::convert(), without ShapingOptions.
RunOutcome convert_in_input_order(const ConvertOptions& options, const std::atomic<bool>& stop,
                                  const Progress& progress, const OnStall& on_stall, const OnShard& on_shard);

}  // namespace visionshard::conversion
