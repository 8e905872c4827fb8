#include <visionshard/tokens.h>

#include <algorithm>
#include <cmath>

namespace visionshard {
namespace {

constexpr std::uint64_t longest_side = 2048, short_side = 768, tile_side = 512;
constexpr std::uint64_t base_tokens = 85, tile_tokens = 170;
constexpr std::uint64_t patch_side = 32, max_patches = 1536;
constexpr std::uint64_t mini_percent = 162, nano_percent = 246;

// The scale n / d, at most 1. Sizes are kept as fractions: in floating point 2048 becomes 2048.0000000000005 for some
// ratios, and a tile more.
struct Scale {
  std::uint64_t n = 1, d = 1;
};

std::uint64_t divided_up(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

Scale scale_to_tiles(std::uint64_t width, std::uint64_t height) {
  const auto [shorter, longer] = std::minmax(width, height);
  Scale scale;
  if (longer > longest_side) scale = {longest_side, longer};
  if (shorter * scale.n > short_side * scale.d) scale = {short_side, shorter};
  return scale;
}

std::uint64_t tiles(std::uint64_t width, std::uint64_t height) {
  const Scale scale = scale_to_tiles(width, height);
  return divided_up(width * scale.n, tile_side * scale.d) * divided_up(height * scale.n, tile_side * scale.d);
}

std::uint64_t floor_sqrt(std::uint64_t value) {
  auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(value)));
  while (root * root > value) --root;
  while ((root + 1) * (root + 1) <= value) ++root;
  return root;
}

std::uint64_t patches(std::uint64_t width, std::uint64_t height) {
  const std::uint64_t longer = std::max(width, height);
  const Scale scale = longer > longest_side ? Scale{longest_side, longer} : Scale{};
  const std::uint64_t whole =
      divided_up(width * scale.n, patch_side * scale.d) * divided_up(height * scale.n, patch_side * scale.d);
  if (whole <= max_patches) return whole;
  // At the budget's area the picture is sqrt(1536 w / h) patches wide and sqrt(1536 h / w) high. It is reduced a little
  // more, until the side that loses more by it is a whole number of patches.
  const std::uint64_t columns = floor_sqrt(max_patches * width / height);
  const std::uint64_t rows = floor_sqrt(max_patches * height / width);
  return columns * height <= rows * width ? columns * divided_up(columns * height, width)
                                          : rows * divided_up(rows * width, height);
}

}  // namespace

ImageTokens image_tokens(std::uint32_t width, std::uint32_t height, ImageDetail detail) noexcept {
  const std::uint64_t count = patches(width, height);
  return {detail == ImageDetail::low ? base_tokens : base_tokens + tile_tokens * tiles(width, height),
          divided_up(count * mini_percent, 100), divided_up(count * nano_percent, 100)};
}

ImageSize size_in_tiles(std::uint32_t width, std::uint32_t height, ImageDetail detail) noexcept {
  Scale scale = scale_to_tiles(width, height);
  if (detail == ImageDetail::low) {
    const std::uint64_t longer = std::max(width, height);
    scale = longer > tile_side ? Scale{tile_side, longer} : Scale{};
  }
  const auto scaled = [&](std::uint64_t side) {
    return static_cast<std::uint32_t>(std::max<std::uint64_t>((side * scale.n + scale.d / 2) / scale.d, 1));
  };
  return {scaled(width), scaled(height)};
}

}  // namespace visionshard
