#include "generate/recipe.h"

#include <span>

#include "codec/webp/webp.h"
#include "generate/encoders.h"
#include "generate/large_picture.h"

namespace visionshard::generate {
namespace {

using codec::ChromaSampling;
using codec::Format;
using codec::Pixels;

using Make = ImageResult<Bytes> (*)(Random&, const PictureSource&);

struct Kind {
  unsigned weight;
  Format format;
  Make make;
};

Pixels medium(Random& random, const PictureSource& source) { return source.crop(random, 300'000, 1'200'000); }
Pixels small(Random& random, const PictureSource& source) { return source.crop(random, 100'000, 400'000); }
Pixels between(Random& random, const PictureSource& source) { return source.crop(random, 200'000, 600'000); }

// ITU-R BT.601 luma.
std::uint8_t gray_of(const std::uint8_t* rgb) noexcept {
  return static_cast<std::uint8_t>((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000);
}

// Each pixel of `rgb` as `channels` samples that `write` computes.
template <class Write>
Pixels mapped(const Pixels& rgb, std::uint32_t channels, Write write) {
  Pixels out(rgb.width, rgb.height, channels);
  const std::uint8_t* from = rgb.row(0);
  std::uint8_t* to = out.row(0);
  for (std::uint64_t i = std::uint64_t{rgb.width} * rgb.height; i > 0; --i, from += 3, to += channels) write(from, to);
  return out;
}

Pixels gray(const Pixels& rgb) {
  return mapped(rgb, 1, [](const std::uint8_t* p, std::uint8_t* to) { to[0] = gray_of(p); });
}

ImageResult<Bytes> rgb_jpeg(Random& random, const PictureSource& source) {
  const int quality = 85 + 5 * random.between(0, 2);
  return encode_rgb_jpeg(medium(random, source), quality, ChromaSampling::half);
}

ImageResult<Bytes> rgb_png(Random& random, const PictureSource& source) {
  return encode_rgb_png(small(random, source), {});
}

ImageResult<Bytes> rgb_webp(Random& random, const PictureSource& source) {
  return codec::encode_webp(medium(random, source), 85);
}

// The alpha is the picture's own lightness, so that it is as hard to compress.
ImageResult<Bytes> rgba_png(Random& random, const PictureSource& source) {
  const Pixels rgba = mapped(small(random, source), 4, [](const std::uint8_t* p, std::uint8_t* to) {
    to[0] = p[0];
    to[1] = p[1];
    to[2] = p[2];
    to[3] = gray_of(p);
  });
  return encode_rgb_png(rgba, {});
}

ImageResult<Bytes> gray_jpeg(Random& random, const PictureSource& source) {
  return encode_gray_jpeg(gray(medium(random, source)), 90);
}

// Without black ink, as the plain conversion of an image library has it.
ImageResult<Bytes> cmyk_jpeg(Random& random, const PictureSource& source) {
  const Pixels cmyk = mapped(medium(random, source), 4, [](const std::uint8_t* p, std::uint8_t* to) {
    for (unsigned c = 0; c < 3; ++c) to[c] = static_cast<std::uint8_t>(255 - p[c]);
    to[3] = 0;
  });
  return encode_cmyk_jpeg(cmyk, 90);
}

ImageResult<Bytes> palette_png(Random& random, const PictureSource& source) {
  return encode_palette_png(reduced_to_palette(between(random, source)));
}

ImageResult<Bytes> gray_png(Random& random, const PictureSource& source) {
  return encode_gray_png(gray(between(random, source)));
}

ImageResult<Bytes> gray_alpha_png(Random& random, const PictureSource& source) {
  return encode_gray_png(
      mapped(small(random, source), 2, [](const std::uint8_t* p, std::uint8_t* to) { to[0] = to[1] = gray_of(p); }));
}

ImageResult<Bytes> gray_16_bit_png(Random& random, const PictureSource& source) {
  return encode_gray_16_bit_png(gray(small(random, source)));
}

constexpr Kind compliant_kinds[] = {
    {80, Format::jpeg, rgb_jpeg}, {10, Format::png, rgb_png}, {7, Format::webp, rgb_webp}, {3, Format::png, rgba_png}};
constexpr Kind convert_kinds[] = {{40, Format::jpeg, gray_jpeg},    {20, Format::png, palette_png},
                                  {15, Format::png, gray_png},      {15, Format::jpeg, cmyk_jpeg},
                                  {5, Format::png, gray_alpha_png}, {5, Format::png, gray_16_bit_png}};
constexpr Kind heavy_kinds[] = {{60, Format::jpeg, make_camera_jpeg}, {40, Format::png, make_large_png}};
constexpr Kind camera_kinds[] = {{100, Format::jpeg, make_camera_jpeg}};

std::span<const Kind> kinds_of(Group group) noexcept {
  switch (group) {
    case Group::compliant: return compliant_kinds;
    case Group::convert: return convert_kinds;
    case Group::heavy: return heavy_kinds;
    default: return camera_kinds;
  }
}

}  // namespace

ImageResult<MadeImage> make_image(Group group, Random& random, const PictureSource& source) {
  unsigned drawn = random.below(100);
  for (const Kind& kind : kinds_of(group)) {
    if (drawn >= kind.weight) {
      drawn -= kind.weight;
      continue;
    }
    auto file = VISIONSHARD_TRY(kind.make(random, source));
    return MadeImage{kind.format, std::move(file)};
  }
  return image_fault(FaultCode::internal_error, "the weights of a group's kinds do not add up to 100");
}

}  // namespace visionshard::generate
