#include "codec/jpeg/quality.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace visionshard::codec {
namespace {

constexpr QuantTable luminance = {16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
                                  14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
                                  18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
                                  49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
constexpr QuantTable chrominance = {17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
                                    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
                                    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
                                    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

int sum_of(std::span<const std::uint16_t, 64> table) noexcept { return std::accumulate(table.begin(), table.end(), 0); }

}  // namespace

QuantTable table_of(double quality, Plane plane) noexcept {
  const double percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  QuantTable table = plane == Plane::luminance ? luminance : chrominance;
  for (std::uint16_t& step : table)
    step = static_cast<std::uint16_t>(std::clamp(std::floor((step * percent + 50) / 100), 1.0, 255.0));
  return table;
}

double quality_of(std::span<const std::uint16_t, 64> table) noexcept {
  const double percent = 100.0 * sum_of(table) / sum_of(luminance);
  return std::clamp(percent <= 100 ? (200 - percent) / 2 : 5000 / percent, 1.0, 100.0);
}

}  // namespace visionshard::codec
