#include "generate/picture_source.h"

#include <algorithm>
#include <array>

#include "generate/scene.h"
#include "generate/square_root.h"

namespace visionshard::generate {
namespace {

using codec::Pixels;

struct Area {
  std::uint32_t left, top, width, height;
};

Area random_area(Random& random, const Pixels& picture, std::uint32_t width, std::uint32_t height) {
  width = std::min(width, picture.width);
  height = std::min(height, picture.height);
  const std::uint32_t left = random.below(picture.width - width + 1);
  return {left, random.below(picture.height - height + 1), width, height};
}

using Tone = std::array<unsigned, 3>;  // 256ths of each channel

Tone random_tone(Random& random) {
  Tone tone;
  for (unsigned& gain : tone) gain = 256 - random.below(32);
  return tone;
}

void apply(const Tone& tone, std::uint8_t* row, std::uint32_t width) noexcept {
  for (std::size_t i = 0; i < std::size_t{width} * 3; i += 3)
    for (std::size_t c = 0; c < 3; ++c) row[i + c] = static_cast<std::uint8_t>((row[i + c] * tone[c] + 128) >> 8);
}

// Linear between neighbors, positions in 256ths.
Pixels stretched(const Pixels& rgb, const Area& area, const Tone& tone, std::uint32_t width, std::uint32_t height) {
  Pixels out(width, height, 3);
  const std::size_t stride = std::size_t{area.width} * 3;
  std::vector<std::uint16_t> mixed(stride);
  for (std::uint32_t y = 0; y < height; ++y) {
    const std::uint64_t at_y = std::uint64_t{y} * (area.height - 1) * 256 / height;
    const auto part_y = static_cast<unsigned>(at_y & 255);
    const std::uint8_t* const upper =
        rgb.row(area.top + static_cast<std::uint32_t>(at_y >> 8)) + std::size_t{area.left} * 3;
    const std::uint8_t* const lower = upper + rgb.stride();
    for (std::size_t i = 0; i < stride; ++i)
      mixed[i] = static_cast<std::uint16_t>(upper[i] * (256 - part_y) + lower[i] * part_y);
    std::uint8_t* to = out.row(y);
    for (std::uint32_t x = 0; x < width; ++x) {
      const std::uint64_t at_x = std::uint64_t{x} * (area.width - 1) * 256 / width;
      const auto part_x = static_cast<unsigned>(at_x & 255);
      const std::size_t i = (at_x >> 8) * 3;
      for (std::size_t c = i; c < i + 3; ++c)
        *to++ = static_cast<std::uint8_t>((mixed[c] * (256 - part_x) + mixed[c + 3] * part_x + (1u << 15)) >> 16);
    }
    apply(tone, out.row(y), width);
  }
  return out;
}

}  // namespace

const Pixels& PictureSource::any_photograph(Random& random) const {
  return photographs_[random.below(static_cast<std::uint32_t>(photographs_.size()))];
}

Pixels PictureSource::crop(Random& random, std::uint32_t min_pixels, std::uint32_t max_pixels) const {
  struct Aspect {
    std::uint32_t width, height;
  };
  static constexpr std::array<Aspect, 4> aspects{{{4, 3}, {3, 2}, {1, 1}, {3, 4}}};
  const std::uint64_t pixels = min_pixels + random.below(max_pixels - min_pixels + 1);
  const Aspect aspect = aspects[random.below(aspects.size())];
  const std::uint32_t width = square_root(pixels * aspect.width / aspect.height);
  const std::uint32_t height = width * aspect.height / aspect.width;
  if (photographs_.empty()) return make_scene(random, width, height, ordinary_grain);
  const Pixels& photograph = any_photograph(random);
  const Area area = random_area(random, photograph, width, height);
  const Tone tone = random_tone(random);
  Pixels cut(area.width, area.height, 3);
  for (std::uint32_t y = 0; y < area.height; ++y) {
    std::copy_n(photograph.row(area.top + y) + std::size_t{area.left} * 3, cut.stride(), cut.row(y));
    apply(tone, cut.row(y), area.width);
  }
  return cut;
}

Pixels PictureSource::whole(Random& random, std::uint32_t width, std::uint32_t height) const {
  if (photographs_.empty()) return make_scene(random, width, height, 0);
  const Pixels& photograph = any_photograph(random);
  const auto max_of = [&](std::uint32_t side) { return side - random.below(side / 4); };
  const std::uint32_t cut_width = max_of(photograph.width);
  const Area area = random_area(random, photograph, cut_width, max_of(photograph.height));
  return stretched(photograph, area, random_tone(random), width, height);
}

}  // namespace visionshard::generate
