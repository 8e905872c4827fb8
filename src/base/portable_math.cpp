#include "base/portable_math.h"

#include <cmath>
#include <numbers>

namespace visionshard {

double portable_sine(double x) noexcept {
  // Pi in two parts, the first so short that three times it is exact (Cody and Waite's reduction).
  constexpr double pi_high = 0x1.921fb544p+1, pi_low = 0x1.0b4611a626331p-33;
  const double half_turns = std::nearbyint(x / std::numbers::pi);
  const double r = (x - half_turns * pi_high) - half_turns * pi_low;
  // Taylor's series; the first term that is left out is below 2e-18 at pi / 2.
  double sum = 0;
  for (int n = 21; n > 1; n -= 2) sum = (1 + sum) * (-r * r / (n * (n - 1)));
  const double sine = r + r * sum;
  return std::fmod(half_turns, 2) == 0 ? sine : -sine;
}

double portable_log(double x) noexcept {
  int exponent = 0;
  double fraction = std::frexp(x, &exponent);
  if (fraction < std::numbers::sqrt2 / 2) {
    fraction *= 2;
    --exponent;
  }
  // 2 artanh(s), whose series ends where s is at most 0.172.
  const double s = (fraction - 1) / (fraction + 1);
  double sum = 0;
  for (int n = 23; n > 0; n -= 2) sum = sum * s * s + 2.0 / n;
  return s * sum + exponent * std::numbers::ln2;
}

}  // namespace visionshard
