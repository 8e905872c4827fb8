// The number of tokens that an image takes in a model.
#pragma once

#include <cstdint>

namespace visionshard {

enum class ImageDetail : std::uint8_t { automatic, low, high };

/// Tokens by model family. Source: "Images and vision" in OpenAI's API documentation, sections on the cost of image
/// inputs.
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

/// Returns the tokens of an image of `width` x `height` pixels, each at least 1. Tiles: the image is reduced to fit
/// 2048 x 2048, then to a short side of 768, and takes 85 tokens plus 170 for each square of 512 x 512 pixels that it
/// touches; 85 in total with ImageDetail::low. Patches: the image is reduced to a longest side of 2048, then until at
/// most 1,536 squares of 32 x 32 pixels cover it; each square is a token, times 1.62 (mini) or 2.46 (nano), rounded up,
/// for any detail. `automatic` counts as high. No image is enlarged. Exact integer arithmetic. Thread-safe.
ImageTokens image_tokens(std::uint32_t width, std::uint32_t height, ImageDetail detail) noexcept;

struct ImageSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  bool operator==(const ImageSize&) const = default;
};

/// Returns the size in pixels at which a model that counts tiles sees an image: reduced to fit 2048 x 2048 and a short
/// side of 768, or with ImageDetail::low to fit 512 x 512; the image's own size if it is within these. Source as for
/// ImageTokens. Thread-safe.
ImageSize size_in_tiles(std::uint32_t width, std::uint32_t height, ImageDetail detail) noexcept;

}  // namespace visionshard
