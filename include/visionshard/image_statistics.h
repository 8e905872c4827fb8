// Statistics of the images of a corpus.
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

/// An image file. The views are valid for the lifetime of the process.
struct ImageFacts {
  std::string_view format;  // "JPEG", "PNG", ...; empty for an image by URL
  std::string_view mode;    // "RGB", "gray with alpha", ...
  std::uint64_t bytes = 0;
  ImageSize size;
};

/// A histogram with two buckets for each power of two.
class Histogram {
 public:
  static constexpr std::size_t bucket_count = 96;

  /// Returns the smallest value of a bucket: 2, 3, 4, 6, 8, 12, 16 and so on from bucket 4. Bucket 0 holds 0, bucket 2
  /// holds 1, and 1 and 3 stay empty.
  static constexpr std::uint64_t lower_bound(std::size_t bucket) noexcept {
    return bucket < 4 ? bucket / 2 : (2 + bucket % 2) << (bucket / 2 - 2);
  }
  /// Returns the bucket that holds `value`.
  static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
    const auto bits = static_cast<std::size_t>(std::bit_width(value));
    return std::min(2 * bits + (bits < 2 ? 0 : value >> (bits - 2) & 1), bucket_count - 1);
  }

  /// Counts one value. Not thread-safe, as all functions that change an object.
  void add(std::uint64_t value) noexcept {
    ++buckets[bucket_of(value)];
    total += value;
    largest = std::max(largest, value);
  }
  /// Adds the counts of another histogram.
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

/// Images of one format and mode.
struct ImageKindCount {
  std::string format;
  std::string mode;
  std::uint64_t images = 0;
};

/// Sizes and kinds of images.
struct ImageStatistics {
  Histogram bytes;
  Histogram longest_sides;            // in pixels
  Histogram tokens;                   // ImageTokens::tiles
  std::vector<ImageKindCount> kinds;  // in the order in which they were first seen

  /// Counts one image. May throw std::bad_alloc.
  void add(const ImageFacts& image, std::uint64_t tile_tokens) {
    bytes.add(image.bytes);
    longest_sides.add(std::max(image.size.width, image.size.height));
    tokens.add(tile_tokens);
    add_kind(image.format, image.mode, 1);
  }
  /// Adds the counts of other images. May throw std::bad_alloc.
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
