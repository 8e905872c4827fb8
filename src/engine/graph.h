// How a run's stages are put together: over all processors by a flow graph, or one after the other on one thread.
#pragma once

#include "engine/batch_processor.h"
#include "engine/run_state.h"
#include "input/block_reader.h"

namespace visionshard::pipeline {

struct Stages {
  input::BlockReader& reader;
  Budget& budget;
  ConversionCache& cache;
  Job& job;
  RunState& state;
};

/// Every line read is committed, unless the state says that the run failed. Returns when nothing is in flight.
void run_graph(Stages stages, unsigned threads);

/// The same without the scheduler: the oracle for run_graph, and safe where no thread can be made.
void run_loop(Stages stages);

/// On so many threads, or on one where the system gives no more: oneTBB would end the process.
void run(const Stages& stages, unsigned threads);

}  // namespace visionshard::pipeline
