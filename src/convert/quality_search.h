// Finds how far all images must be reduced for a corpus to fit into a given number of files.
#pragma once

#include <visionshard/convert.h>

#include <string>
#include <vector>

#include "base/machine.h"
#include "engine/progress_meter.h"
#include "engine/run_state.h"
#include "line/line_context.h"

namespace visionshard::conversion {

/// The first step of image::degradation_ladder at which `sources` fit into options.shards files. Lengths are measured
/// by encoding, and shards are cut as in the run. The search reads the sources a few times and assumes that a later
/// step never takes more bytes. The result depends only on the corpus and the options. Faults: the corpus does not fit
/// even at the last step (the message says by how much), `state` has a fault, or it was stopped.
RunResult<image::Degradation> search_quality(const ConvertOptions& options, const std::vector<std::string>& sources,
                                             const line::LineContext& context, const Machine& machine,
                                             engine::RunState& state, const engine::ProgressMeter& progress);

}  // namespace visionshard::conversion
