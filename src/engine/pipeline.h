// A run's parts, and the two ways to move its batches through them: over all processors by a flow graph, or one after
// the other on one thread.
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

/// Every line read is committed, unless the state says that the run failed. Returns when nothing is in flight. Of
/// `threads`, this one among them, it does without those that the system does not give.
void run_graph(const Pipeline& pipeline, unsigned threads);

/// The same without the scheduler: the oracle for run_graph.
void run_loop(const Pipeline& pipeline);

/// Whichever `threads` asks for.
inline void run(const Pipeline& pipeline, unsigned threads) {
  threads == 1 ? run_loop(pipeline) : run_graph(pipeline, threads);
}

}  // namespace visionshard::engine
