#include "codec/webp/predicted_alpha.h"

#include <gtest/gtest.h>
#include <webp/decode.h>

#include <cmath>
#include <vector>

#include "../../../support/seeded_random.h"
#include "codec/webp/structure.h"
#include "codec/webp/webp.h"

namespace visionshard::codec {
namespace {

// What libwebp decodes of a file with this alpha.
std::vector<std::uint8_t> decoded_alpha(const Pixels& pixels) {
  const auto colors = encode_webp_colors(pixels, 50, fast_webp_method);
  if (!colors) return {};
  const Bytes file = webp_with_alpha(*colors, *read_webp_structure(*colors), predicted_webp_alpha(pixels));
  std::vector<std::uint8_t> rgba(std::size_t{4} * pixels.width * pixels.height), alpha;
  if (WebPDecodeRGBAInto(as_uchar(file), file.size(), rgba.data(), rgba.size(), static_cast<int>(pixels.stride())) ==
      nullptr)
    return {};
  for (std::size_t i = 3; i < rgba.size(); i += 4) alpha.push_back(rgba[i]);
  return alpha;
}

template <class AlphaAt>
Pixels picture(std::uint32_t width, std::uint32_t height, AlphaAt alpha_at) {
  Pixels pixels(width, height, 4);
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x) {
      std::uint8_t* const pixel = pixels.row(y) + std::size_t{4} * x;
      pixel[0] = pixel[1] = pixel[2] = static_cast<std::uint8_t>(x + y);
      pixel[3] = static_cast<std::uint8_t>(alpha_at(x, y));
    }
  return pixels;
}

void expect_exact(const Pixels& pixels) {
  std::vector<std::uint8_t> alpha;
  for (std::uint32_t y = 0; y < pixels.height; ++y)
    for (std::uint32_t x = 0; x < pixels.width; ++x) alpha.push_back(pixels.row(y)[std::size_t{4} * x + 3]);
  EXPECT_TRUE(decoded_alpha(pixels) == alpha) << pixels.width << " x " << pixels.height;
}

TEST(PredictedAlpha, IsDecodedByLibwebpToTheSameBytes) {
  test::SeededRandom random(9);
  for (const auto& [width, height] :
       {std::pair{1u, 1u}, {1u, 300u}, {300u, 1u}, {31u, 33u}, {32u, 32u}, {65u, 64u}, {700u, 129u}}) {
    for (const unsigned values : {2u, 3u, 17u, 256u})
      expect_exact(picture(width, height, [&](auto, auto) { return random.below(values) * (255 / (values - 1)); }));
    for (const unsigned constant : {0u, 1u, 2u, 254u, 255u})
      expect_exact(picture(width, height, [&](auto, auto) { return constant; }));
    expect_exact(picture(width, height, [&](auto x, auto y) { return (x + y) / 4; }));
    // One value in a hundred thousand makes codes as long as they may be.
    expect_exact(picture(width, height, [&](auto x, auto) { return random.one_in(1u << (x % 16)) ? x : 7; }));
  }
}

TEST(PredictedAlpha, OfNoiseIsNoLargerThanLibwebps) {
  test::SeededRandom random(4);
  // Noise of 64 values around a level that changes slowly.
  const Pixels pixels = picture(1024, 768, [&](auto x, auto y) { return (x + y) / 10 + random.below(64); });
  const auto by_libwebp = encode_webp_alpha(pixels, usual_webp_method);
  ASSERT_TRUE(by_libwebp);
  EXPECT_LE(predicted_webp_alpha(pixels).size(), by_libwebp->size());
  // Levels differ by 6 in a tile and by 11 in a group, of 81 values at most: log2(81) bits a pixel.
  EXPECT_LE(predicted_webp_alpha(pixels).size(), 1024 * 768 * 6.34 / 8);
}

TEST(PredictedAlpha, OfSmoothShapesWithGrainIsSmallerThanLibwebps) {
  test::SeededRandom random(5);
  const Pixels pixels = picture(1024, 768, [&](auto x, auto y) {
    const auto shape = static_cast<std::size_t>(100 + 90 * std::sin(x / 90.0) * std::cos(y / 70.0));
    return shape + random.below(6) + random.below(6);
  });
  const auto by_libwebp = encode_webp_alpha(pixels, usual_webp_method);
  ASSERT_TRUE(by_libwebp);
  EXPECT_LT(predicted_webp_alpha(pixels).size(), by_libwebp->size());
}

}  // namespace
}  // namespace visionshard::codec
