#include "generate/picture_source.h"

#include <algorithm>
#include <array>

#include "generate/scene.h"
#include "generate/square_root.h"

namespace visionshard::generate {
namespace {

using codec::Pixels;

// Linear between neighbours, positions in 256ths.
Pixels stretched(const Pixels& rgb, std::uint32_t width, std::uint32_t height) {
  Pixels out(width, height, 3);
  for (std::uint32_t y = 0; y < height; ++y) {
    const std::uint64_t at_y = std::uint64_t{y} * (rgb.height - 1) * 256 / height;
    const auto part_y = static_cast<unsigned>(at_y & 255);
    const std::uint8_t* const upper = rgb.row(static_cast<std::uint32_t>(at_y >> 8));
    const std::uint8_t* const lower = upper + rgb.stride();
    std::uint8_t* to = out.row(y);
    for (std::uint32_t x = 0; x < width; ++x) {
      const std::uint64_t at_x = std::uint64_t{x} * (rgb.width - 1) * 256 / width;
      const auto part_x = static_cast<unsigned>(at_x & 255);
      const std::size_t i = (at_x >> 8) * 3;
      for (std::size_t c = i; c < i + 3; ++c) {
        const unsigned top = upper[c] * (256 - part_x) + upper[c + 3] * part_x;
        const unsigned bottom = lower[c] * (256 - part_x) + lower[c + 3] * part_x;
        *to++ = static_cast<std::uint8_t>((top * (256 - part_y) + bottom * part_y + (1u << 15)) >> 16);
      }
    }
  }
  return out;
}

}  // namespace

Pixels PictureSource::crop(Random& random, std::uint32_t least_pixels, std::uint32_t most_pixels) const {
  struct Aspect {
    std::uint32_t width, height;
  };
  static constexpr std::array<Aspect, 4> aspects{{{4, 3}, {3, 2}, {1, 1}, {3, 4}}};
  const std::uint64_t area = least_pixels + random.below(most_pixels - least_pixels + 1);
  const Aspect aspect = aspects[random.below(aspects.size())];
  std::uint32_t width = square_root(area * aspect.width / aspect.height);
  std::uint32_t height = width * aspect.height / aspect.width;
  if (photographs_.empty()) return make_scene(random, width, height, ordinary_grain);
  const Pixels& photograph = photographs_[random.below(static_cast<std::uint32_t>(photographs_.size()))];
  width = std::min(width, photograph.width);
  height = std::min(height, photograph.height);
  const std::uint32_t left = random.below(photograph.width - width + 1);
  const std::uint32_t top = random.below(photograph.height - height + 1);
  Pixels cut(width, height, 3);
  for (std::uint32_t y = 0; y < height; ++y)
    std::copy_n(photograph.row(top + y) + std::size_t{left} * 3, cut.stride(), cut.row(y));
  return cut;
}

Pixels PictureSource::whole(Random& random, std::uint32_t width, std::uint32_t height) const {
  if (photographs_.empty()) return make_scene(random, width, height, 0);
  return stretched(photographs_[random.below(static_cast<std::uint32_t>(photographs_.size()))], width, height);
}

}  // namespace visionshard::generate
