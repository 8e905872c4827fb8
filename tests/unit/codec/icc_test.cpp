#include "codec/icc.h"

#include <gtest/gtest.h>

namespace visionshard::codec {
namespace {

// Light is what ink leaves: (255 - ink) x (255 - black) / 255, rounded.
TEST(CmykToSrgb, IsThePlainComplementWithoutAProfile) {
  for (const bool inverted : {false, true})
    for (const std::uint32_t width : {1u, 3u, 4u, 7u, 8u, 9u, 256u}) {
      Pixels cmyk(width, 256, 4);
      for (std::uint32_t y = 0; y < cmyk.height; ++y)
        for (std::uint32_t x = 0; x < width; ++x) {
          std::uint8_t* const pixel = cmyk.row(y) + 4 * x;
          pixel[0] = static_cast<std::uint8_t>(x);
          pixel[1] = static_cast<std::uint8_t>(255 - x);
          pixel[2] = static_cast<std::uint8_t>(x * 7 + y);
          pixel[3] = static_cast<std::uint8_t>(y);
        }
      ProfileUse use = ProfileUse::converted;
      const Pixels rgb = cmyk_to_srgb(cmyk, inverted, {}, use);
      EXPECT_EQ(use, ProfileUse::none);
      for (std::uint32_t y = 0; y < cmyk.height; ++y)
        for (std::uint32_t x = 0; x < width; ++x)
          for (unsigned k = 0; k < 3; ++k) {
            const auto light = [&](unsigned channel) {
              const unsigned stored = cmyk.row(y)[4 * x + channel];
              return inverted ? stored : 255 - stored;
            };
            ASSERT_EQ(rgb.row(y)[3 * x + k], (2 * light(k) * light(3) + 255) / 510) << x << ", " << y << ", " << k;
          }
    }
}

}  // namespace
}  // namespace visionshard::codec
