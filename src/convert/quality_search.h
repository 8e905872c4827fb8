// How much must be lost of all images for a corpus to fit into so many files.
#pragma once

#include <visionshard/run.h>

#include <string>
#include <vector>

#include "engine/machine.h"
#include "engine/progress_meter.h"
#include "engine/run_state.h"
#include "line/line_context.h"

namespace visionshard::conversion {

/// The first step of image::degradation_ladder at which `sources` fit into options.shards files: lengths are measured
/// by encoding, not predicted, and shards are cut as they will be. The steps are searched, by a few readings of the
/// sources, as if more loss never took more bytes. It depends on the corpus and the options alone. Fault: not even the
/// last step is enough, and by how much it is not; or `state` has one, or was stopped.
RunResult<image::Degradation> search_quality(const ConvertOptions& options, const std::vector<std::string>& sources,
                                             const line::LineContext& context, const engine::Machine& machine,
                                             engine::RunState& state, const engine::ProgressMeter& progress);

}  // namespace visionshard::conversion
