#include "near_duplicates/luma_plane.h"

#include <gtest/gtest.h>

#include <utility>

#include "../../support/image_files.h"

namespace visionshard::near_duplicates {
namespace {

using codec::Pixels;

double luma_at(const Pixels& pixels, std::uint32_t x, std::uint32_t y) {
  const std::uint8_t* at = pixels.row(y) + std::size_t{x} * pixels.channels;
  const double luma = 0.299 * at[0] + 0.587 * at[1] + 0.114 * at[2];
  if (pixels.channels == 3) return luma;
  return luma * at[3] / 255 + 255.0 * (255 - at[3]) / 255;
}

// The share of pixel `from` in `to`, both as intervals of a side of length 1.
double overlap(std::uint32_t from, std::uint32_t from_count, std::uint32_t to, std::uint32_t to_count) {
  const double begin = std::max(double(from) / from_count, double(to) / to_count);
  const double end = std::min((from + 1.0) / from_count, (to + 1.0) / to_count);
  return std::max(end - begin, 0.0) * to_count;
}

TEST(LumaPlane, IsTheMeanOfTheAreaThatEachPixelCovers) {
  for (const auto& [width, height] : {std::pair{513U, 3U}, {700U, 2U}, {1024U, 1U}, {1537U, 4U}, {3U, 700U}}) {
    for (const std::uint32_t channels : {3U, 4U}) {
      const Pixels pixels = test::noise(width, height, channels, width);
      const LumaPlane plane = luma_plane(pixels);
      ASSERT_EQ(plane.width, std::min(width, 512U));
      ASSERT_EQ(plane.height, std::min(height, 512U));
      for (std::uint32_t y = 0; y < plane.height; ++y) {
        for (std::uint32_t x = 0; x < plane.width; ++x) {
          double mean = 0;
          for (std::uint32_t j = y * height / plane.height; j < height && j <= (y + 1) * height / plane.height; ++j)
            for (std::uint32_t i = x * width / plane.width; i < width && i <= (x + 1) * width / plane.width; ++i)
              mean += overlap(i, width, x, plane.width) * overlap(j, height, y, plane.height) * luma_at(pixels, i, j);
          // Of pixels with alpha each is rounded to a thousandth first.
          ASSERT_NEAR(plane.samples[y * plane.width + x] / 65'536.0, mean, channels == 3 ? 1e-5 : 6e-4)
              << width << " x " << height << " at " << x << ", " << y;
        }
      }
    }
  }
}

TEST(LumaPlane, KeepsWhatIsNotLonger) {
  Pixels pixels(512, 1, 3);
  for (std::uint32_t x = 0; x < 512; ++x)
    for (std::uint32_t c = 0; c < 3; ++c) pixels.row(0)[x * 3 + c] = static_cast<std::uint8_t>(x);
  const LumaPlane plane = luma_plane(pixels);
  for (std::uint32_t x = 0; x < 512; ++x) ASSERT_EQ(plane.samples[x], (x % 256) << 16);
}

TEST(LumaPlane, OfWhiteIsWhiteAtAnySize) {
  for (const std::uint32_t side : {1U, 511U, 512U, 513U, 1023U, 3001U}) {
    Pixels pixels(side, side, 3);
    std::fill_n(pixels.row(0), pixels.data.size(), std::uint8_t{255});
    for (const std::uint32_t sample : luma_plane(pixels).samples) ASSERT_EQ(sample, 255U << 16);
  }
}

}  // namespace
}  // namespace visionshard::near_duplicates
