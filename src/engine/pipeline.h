// The parts of a run, and two ways to move its batches through them: a flow graph on all processors, or a loop on one
// thread.
#pragma once

#include "engine/batch_processor.h"
#include "engine/run_state.h"
#include "input/block_reader.h"

namespace visionshard::engine {

struct Pipeline {
  input::BlockReader& reader;
  Budget& budget;
  ConversionCache& cache;
  BatchProcessor& processor;
  RunState& state;
};

/// Commits every line that is read, unless the run fails or is stopped. Returns when no batch is in flight. `threads`
/// includes the caller's; where the system cannot start so many, it runs on fewer.
void run_graph(const Pipeline& pipeline, unsigned threads);

/// The same without the scheduler: the reference that tests compare run_graph with.
void run_loop(const Pipeline& pipeline);

/// run_loop for one thread, else run_graph.
inline void run(const Pipeline& pipeline, unsigned threads) {
  threads == 1 ? run_loop(pipeline) : run_graph(pipeline, threads);
}

}  // namespace visionshard::engine
