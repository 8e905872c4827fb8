#pragma once

#include <functional>

namespace visionshard {

/// Asked after each step of a long piece of work, by the thread that does it; false: it is given up, with the fault
/// `given_up`. None goes on.
using KeepRunning = std::function<bool()>;

inline constexpr char given_up[] = "interrupted";

}  // namespace visionshard
