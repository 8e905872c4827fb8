#include "generate/scene.h"

#include <algorithm>
#include <array>

#include "generate/noise_plane.h"
#include "generate/square_root.h"

namespace visionshard::generate {
namespace {

using codec::Pixels;

constexpr unsigned sizes_of_leaves = 6;
constexpr unsigned max_leaves = 256;

struct Leaf {
  std::array<int, 3> color;  // 0 to 255
  int texture;               // 256ths of the texture plane
  int slope_x, slope_y;      // of the light, 4096ths a pixel in 64ths
  int center_x, center_y;
  int radius_x, radius_y;
  int shear;  // 16ths of a pixel a row
  bool round;
};

Leaf random_leaf(Random& random, int width, int height, int radius, int roughness) {
  Leaf leaf;
  const int gray = random.between(30, 215);
  for (int& c : leaf.color) c = std::clamp(gray + random.between(-40, 40), 8, 247);
  // Plain surfaces are as common as rough ones.
  leaf.texture = (random.below(3) == 0 ? random.between(10, 60) : random.between(60, 330)) * roughness >> 8;
  const int steepest = 60'000 / std::max(radius, 16);
  leaf.slope_x = random.between(-steepest, steepest);
  leaf.slope_y = random.between(-steepest, steepest);
  leaf.center_x = random.between(0, width - 1);
  leaf.center_y = random.between(0, height - 1);
  leaf.radius_x = std::max(2, radius * random.between(8, 24) / 16);
  leaf.radius_y = std::max(2, radius * random.between(8, 24) / 16);
  leaf.shear = random.between(-16, 16);
  leaf.round = random.below(4) != 0;
  return leaf;
}

// The back first, which fills the picture, then from large to small.
std::vector<Leaf> random_leaves(Random& random, int width, int height) {
  const int roughness = random.between(64, 600);
  std::vector<Leaf> leaves{random_leaf(random, width, height, std::max(width, height), roughness)};
  int radius = std::max(width, height) / 3;
  unsigned count = 4;
  for (unsigned size = 0; size < sizes_of_leaves; ++size, radius /= 2, count = count * 2 - 1)
    for (unsigned i = 0; i < count && leaves.size() < max_leaves; ++i)
      leaves.push_back(random_leaf(random, width, height, std::max(4, random.between(radius / 2, radius)), roughness));
  return leaves;
}

// Which leaf is seen at each pixel.
std::vector<std::uint8_t> paint(const std::vector<Leaf>& leaves, int width, int height) {
  std::vector<std::uint8_t> seen(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0);
  for (std::size_t i = 1; i < leaves.size(); ++i) {
    const Leaf& leaf = leaves[i];
    const std::int64_t b = leaf.radius_y;
    for (int y = std::max(0, leaf.center_y - leaf.radius_y); y <= std::min(height - 1, leaf.center_y + leaf.radius_y);
         ++y) {
      const std::int64_t dy = y - leaf.center_y;
      std::int64_t half = leaf.radius_x;
      if (leaf.round) half = half * square_root(static_cast<std::uint64_t>((b * b - dy * dy) * 256)) / (16 * b);
      const std::int64_t middle = leaf.center_x + dy * leaf.shear / 16;
      const std::int64_t from = std::clamp<std::int64_t>(middle - half, 0, width);
      const std::int64_t to = std::clamp<std::int64_t>(middle + half, 0, width);
      std::fill(seen.begin() + y * std::int64_t{width} + from, seen.begin() + y * std::int64_t{width} + to,
                static_cast<std::uint8_t>(i));
    }
  }
  return seen;
}

class Scene {
 public:
  Scene(Random& random, std::uint32_t width, std::uint32_t height)
      : width_(width),
        leaves_(random_leaves(random, static_cast<int>(width), static_cast<int>(height))),
        seen_(paint(leaves_, static_cast<int>(width), static_cast<int>(height))),
        texture_(noise_plane(random, width, height, {.octaves = 7, .amplitude = 700, .falloff_256 = 215})),
        tint_(noise_plane(random, width, height, {.octaves = 7, .amplitude = 400, .falloff_256 = 130})) {}

  // One row, in sixteenths of a level, each sample with its neighbors at 1 2 1 and so four times as large.
  void softened_row(std::uint32_t y, std::vector<std::int16_t>& out) {
    sharp_.resize(std::size_t{width_ + 2} * 3);
    fill_row(y);
    std::copy_n(sharp_.begin() + 3, 3, sharp_.begin());
    std::copy_n(sharp_.end() - 6, 3, sharp_.end() - 3);
    out.resize(std::size_t{width_} * 3);
    const std::int16_t* const from = sharp_.data();
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<std::int16_t>(from[i] + 2 * from[i + 3] + from[i + 6]);
  }

 private:
  void fill_row(std::uint32_t y) {
    const std::uint8_t* const seen = seen_.data() + std::size_t{y} * width_;
    const std::int16_t* const texture = texture_.row(y);
    const std::int16_t* const tint = tint_.row(y);
    std::int16_t* to = sharp_.data() + 3;
    for (std::uint32_t x = 0; x < width_; ++x, to += 3) {
      const Leaf& leaf = leaves_[seen[x]];
      const int slope = (leaf.slope_x * (static_cast<int>(x) - leaf.center_x) +
                         leaf.slope_y * (static_cast<int>(y) - leaf.center_y)) >>
                        6;
      const int light = 4096 + slope + (texture[x] * leaf.texture >> 8);
      const int shift = tint[x] * leaf.texture >> 8;
      // Light times surface, which colors the texture as the surface.
      to[0] = level(leaf.color[0], light + shift);
      to[1] = level(leaf.color[1], light);
      to[2] = level(leaf.color[2], light - shift);
    }
  }

  static std::int16_t level(int color, int light) noexcept {
    return static_cast<std::int16_t>(std::clamp(color * std::clamp(light, 0, 16384) >> 8, 0, 4080));
  }

  std::uint32_t width_;
  std::vector<Leaf> leaves_;
  std::vector<std::uint8_t> seen_;
  Plane texture_, tint_;
  std::vector<std::int16_t> sharp_;
};

// A number from -255 to 255 out of 16 bits: the sum of two even ones, nearer to a bell than one alone.
int bell(std::uint64_t bits) noexcept { return static_cast<int>((bits & 0xFF) + (bits >> 8 & 0xFF)) - 255; }

std::uint8_t rounded(int sixteenths) noexcept {
  return static_cast<std::uint8_t>(std::clamp((sixteenths + 8) >> 4, 0, 255));
}

// Pointers, not vectors: a store to a byte could change a vector's own members, and then no loop is vectorized.
void write_row(const std::int16_t* above, const std::int16_t* row, const std::int16_t* below, const std::int16_t* noise,
               std::size_t samples, std::uint8_t* to) noexcept {
  for (std::size_t i = 0; i < samples; ++i) to[i] = rounded(((above[i] + 2 * row[i] + below[i]) >> 4) + noise[i]);
}

void add_to_row(const std::int16_t* noise, std::size_t samples, std::uint8_t* row) noexcept {
  for (std::size_t i = 0; i < samples; ++i) row[i] = rounded(row[i] * 16 + noise[i]);
}

}  // namespace

Pixels make_scene(Random& random, std::uint32_t width, std::uint32_t height, int grain) {
  Scene scene(random, width, height);
  Pixels pixels(width, height, 3);
  std::vector<std::int16_t> above, row, below, noise(std::size_t{width} * 3);
  scene.softened_row(0, row);
  above = row;
  for (std::uint32_t y = 0; y < height; ++y) {
    scene.softened_row(std::min(y + 1, height - 1), below);
    // Grain of all colors alike, and of each alone at half the strength: cameras smooth colors more.
    for (std::size_t i = 0; i < noise.size(); i += 3) {
      const std::uint64_t bits = random.next();
      const int common = 2 * bell(bits >> 48);
      for (unsigned c = 0; c < 3; ++c)
        noise[i + c] = static_cast<std::int16_t>((common + bell(bits >> (16 * c))) * grain >> 9);
    }
    write_row(above.data(), row.data(), below.data(), noise.data(), noise.size(), pixels.row(y));
    above.swap(row);
    row.swap(below);
  }
  return pixels;
}

void add_grain(Random& random, Pixels& pixels, int grain) {
  std::vector<std::int16_t> noise((std::size_t{pixels.width} * 3 + 11) / 12 * 12);
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    for (std::size_t i = 0; i < noise.size(); i += 12) {
      const std::uint64_t bits = random.next();
      for (unsigned x = 0; x < 4; ++x) {
        const auto deviation = static_cast<std::int16_t>(bell(bits >> (16 * x)) * grain >> 8);
        std::fill_n(noise.begin() + static_cast<std::ptrdiff_t>(i + x * 3), 3, deviation);
      }
    }
    add_to_row(noise.data(), pixels.stride(), pixels.row(y));
  }
}

}  // namespace visionshard::generate
