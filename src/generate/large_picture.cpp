#include "generate/large_picture.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "generate/encoders.h"
#include "generate/scene.h"
#include "generate/square_root.h"

namespace visionshard::generate {
namespace {

using codec::ChromaSampling;
using codec::Pixels;

// A little within 10.5 and 25 MB, since a sample foretells a file's size within some percent.
constexpr std::uint32_t min_target_bytes = 10'900'000;
constexpr std::uint32_t max_target_bytes = 24'300'000;
constexpr std::size_t must_be_over_bytes = 10'000'000;
constexpr int min_ordinary_grain = 20, max_ordinary_grain = 240;  // much light; little, on a small sensor
constexpr int min_quality = 90, max_quality = 98;
constexpr std::uint32_t sample_strips = 16;

Pixels frame(Random& random, const PictureSource& source, std::uint64_t pixels) {
  struct Aspect {
    std::uint32_t width, height;
  };
  static constexpr std::array<Aspect, 4> aspects{{{3, 2}, {4, 3}, {3, 4}, {2, 3}}};
  const Aspect aspect = aspects[random.below(aspects.size())];
  const std::uint32_t width = square_root(pixels * aspect.width / aspect.height);
  return source.whole(random, width, width * aspect.height / aspect.width);
}

Pixels cut_to(const Pixels& picture, std::uint32_t width, std::uint32_t height) {
  Pixels cut(width, height, 3);
  for (std::uint32_t y = 0; y < height; ++y) std::memcpy(cut.row(y), picture.row(y), cut.stride());
  return cut;
}

// The file's size with this grain, by strips of the picture.
template <class Encode>
ImageResult<std::uint64_t> foretold_bytes(const Random& random, const Pixels& picture, int grain,
                                          const Encode& encode) {
  Pixels sample = codec::row_sample(picture, sample_strips);
  Random numbers = random;
  add_grain(numbers, sample, grain);
  const Bytes file = VISIONSHARD_TRY(encode(sample));
  return std::uint64_t{file.size()} * picture.height / sample.height;
}

// The picture with the grain that gives about `target` bytes, or less of the picture where the least grain gives more.
template <class Encode>
ImageResult<Bytes> with_grain(Random& random, Pixels picture, int min_grain, std::uint64_t target,
                              const Encode& encode) {
  int low = min_grain, high = max_ordinary_grain;
  auto bytes = VISIONSHARD_TRY(foretold_bytes(random, picture, low, encode));
  if (bytes > target) {
    const auto kept = [&](std::uint32_t side) {
      return static_cast<std::uint32_t>(std::uint64_t{side} * square_root((target << 20) / bytes) >> 10);
    };
    picture = cut_to(picture, kept(picture.width), kept(picture.height));
    high = low;
  }
  while (high - low > 2) {
    const int middle = (low + high) / 2;
    bytes = VISIONSHARD_TRY(foretold_bytes(random, picture, middle, encode));
    (bytes < target ? low : high) = middle;
  }
  // Noise alone takes a byte a sample: more of it makes the smoothest picture large enough in the end.
  for (int grain = high;; grain = grain * 3 / 2 + 16) {
    add_grain(random, picture, grain);
    ImageResult<Bytes> file = encode(picture);
    if (!file || file->size() > must_be_over_bytes) return file;
  }
}

std::uint64_t target_bytes(Random& random) {
  return min_target_bytes + random.below(max_target_bytes - min_target_bytes + 1);
}

}  // namespace

ImageResult<Bytes> make_camera_jpeg(Random& random, const PictureSource& source) {
  const std::uint64_t target = target_bytes(random);
  int quality = random.between(min_quality, max_quality);
  const std::uint32_t drawn = random.below(10);
  const ChromaSampling sampling = drawn < 5   ? ChromaSampling::half_width
                                  : drawn < 8 ? ChromaSampling::half
                                              : ChromaSampling::full;
  // 3 to 6 bits a pixel, from 16 to 50 megapixels.
  const std::uint64_t pixels =
      std::clamp<std::uint64_t>(target * 80 / static_cast<unsigned>(random.between(30, 60)), 16'000'000, 50'000'000);
  Pixels picture = frame(random, source, pixels);
  const auto encode = [&](const Pixels& p) { return encode_rgb_jpeg(p, quality, sampling); };
  // Large files come of fine steps, not of grain that no camera has.
  for (; quality < max_quality; ++quality) {
    const auto bytes = VISIONSHARD_TRY(foretold_bytes(random, picture, max_ordinary_grain, encode));
    if (bytes >= target) break;
  }
  return with_grain(random, std::move(picture), min_ordinary_grain, target, encode);
}

ImageResult<Bytes> make_large_png(Random& random, const PictureSource& source) {
  static constexpr std::array<PngEffort, 3> efforts{{{1, false}, {3, true}, {6, true}}};
  const std::uint64_t target = target_bytes(random);
  const PngEffort effort = efforts[random.below(efforts.size())];
  // 0.6 to 2.4 bytes a pixel, up to 38 megapixels.
  const std::uint64_t pixels =
      std::min<std::uint64_t>(target * 10 / static_cast<unsigned>(random.between(6, 24)), 38'000'000);
  return with_grain(random, frame(random, source, pixels), 0, target,
                    [&](const Pixels& p) -> ImageResult<Bytes> { return encode_rgb_png(p, effort); });
}

}  // namespace visionshard::generate
