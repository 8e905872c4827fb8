#pragma once

#include <functional>

#include "base/result.h"

namespace visionshard {

/// Asked after each step of a long piece of work, by the thread that does it; false: the work ends with interrupted().
/// An empty one lets it go on.
using KeepRunning = std::function<bool()>;

inline constexpr char given_up[] = "interrupted";

inline tl::unexpected<RunFault> interrupted() { return run_fault(given_up, RunStatus::interrupted); }

}  // namespace visionshard
