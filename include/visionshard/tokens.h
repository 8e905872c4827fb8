// What an image costs a model, in tokens.
#pragma once

#include <cstdint>

namespace visionshard {

enum class ImageDetail : std::uint8_t { automatic, low, high };

/// By model family. "Images and vision" (OpenAI's API documentation), sections on the cost of image inputs.
struct ImageTokens {
  std::uint64_t tiles = 0;         // gpt-4o, gpt-4.1
  std::uint64_t patches_mini = 0;  // gpt-4.1-mini
  std::uint64_t patches_nano = 0;  // gpt-4.1-nano

  ImageTokens& operator+=(const ImageTokens& other) noexcept {
    tiles += other.tiles;
    patches_mini += other.patches_mini;
    patches_nano += other.patches_nano;
    return *this;
  }
};

/// Tiles: the image is reduced to fit 2048 x 2048, then to a short side of 768, and takes 85 tokens and 170 for each
/// square of 512 pixels that it touches; 85 with ImageDetail::low. Patches: reduced to a longest side of 2048, then
/// until squares of 32 pixels that cover it are at most 1,536; each is a token, times 1.62 (mini) or 2.46 (nano) and
/// rounded up, whatever the detail. `automatic` counts as high. No image is scaled up. Sides are at least 1. Exact
/// integer arithmetic.
ImageTokens image_tokens(std::uint32_t width, std::uint32_t height, ImageDetail detail) noexcept;

struct ImageSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  bool operator==(const ImageSize&) const = default;
};

/// What a model that counts tiles sees of an image: reduced to fit 2048 x 2048 and a short side of 768, or with
/// ImageDetail::low to fit 512 x 512. The image's own size where that is within them already.
ImageSize size_in_tiles(std::uint32_t width, std::uint32_t height, ImageDetail detail) noexcept;

}  // namespace visionshard
