// Functions whose last bits differ between C libraries, by additions, multiplications and divisions alone: what decides
// bytes of output must be the same everywhere.
#pragma once

namespace visionshard {

/// sin(x), off by less than 1e-15. `x` is from -10 to 10.
double portable_sine(double x) noexcept;

/// The natural logarithm of `x` > 0, with a relative error of less than 1e-14.
double portable_log(double x) noexcept;

}  // namespace visionshard
