// A long piece of work that can be given up.
#pragma once

#include <functional>

#include "base/result.h"

namespace visionshard {

/// Called after each step of a long piece of work, by the thread that does it. False: the work is given up, with the
/// fault interrupted(). An empty function never gives up.
using KeepRunning = std::function<bool()>;

inline tl::unexpected<RunFault> interrupted() {
  return tl::unexpected(RunFault{"interrupted", RunStatus::interrupted});
}

}  // namespace visionshard
