// What the images of a corpus are like, in numbers.
#pragma once

#include <visionshard/tokens.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace visionshard {

/// An image as a file holds it. The views hold as long as the process.
struct ImageFacts {
  std::string_view format;  // "JPEG", "PNG", ...; empty where nobody looked, as after a URL
  std::string_view mode;    // "RGB", "gray with alpha", ...
  std::uint64_t bytes = 0;
  ImageSize size;
};

/// Values by two buckets to each power of two.
class Histogram {
 public:
  static constexpr std::size_t bucket_count = 96;

  /// 2, 3, 4, 6, 8, 12, 16 and so on from bucket 4; bucket 0 holds 0, bucket 2 holds 1, and 1 and 3 stay empty.
  static constexpr std::uint64_t lower_bound(std::size_t bucket) noexcept {
    return bucket < 4 ? bucket / 2 : (2 + bucket % 2) << (bucket / 2 - 2);
  }
  static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
    const auto bits = static_cast<std::size_t>(std::bit_width(value));
    return std::min(2 * bits + (bits < 2 ? 0 : value >> (bits - 2) & 1), bucket_count - 1);
  }

  void add(std::uint64_t value) noexcept {
    ++buckets[bucket_of(value)];
    total += value;
    largest = std::max(largest, value);
  }
  Histogram& operator+=(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < bucket_count; ++i) buckets[i] += other.buckets[i];
    total += other.total;
    largest = std::max(largest, other.largest);
    return *this;
  }

  std::array<std::uint64_t, bucket_count> buckets{};
  std::uint64_t total = 0;  // of the values
  std::uint64_t largest = 0;
};

struct ImageKindCount {
  std::string format;
  std::string mode;
  std::uint64_t images = 0;
};

struct ImageStatistics {
  Histogram bytes;
  Histogram longest_sides;            // in pixels
  Histogram tokens;                   // ImageTokens::tiles
  std::vector<ImageKindCount> kinds;  // in the order in which they were first seen

  void add(const ImageFacts& image, std::uint64_t tile_tokens) {
    bytes.add(image.bytes);
    longest_sides.add(std::max(image.size.width, image.size.height));
    tokens.add(tile_tokens);
    add_kind(image.format, image.mode, 1);
  }
  ImageStatistics& operator+=(const ImageStatistics& other) {
    bytes += other.bytes;
    longest_sides += other.longest_sides;
    tokens += other.tokens;
    for (const ImageKindCount& kind : other.kinds) add_kind(kind.format, kind.mode, kind.images);
    return *this;
  }

 private:
  void add_kind(std::string_view format, std::string_view mode, std::uint64_t images) {
    for (ImageKindCount& kind : kinds)
      if (kind.format == format && kind.mode == mode) {
        kind.images += images;
        return;
      }
    kinds.push_back({std::string(format), std::string(mode), images});
  }
};

}  // namespace visionshard
