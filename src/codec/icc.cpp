// The perceptual intent is what pictures are made for, and what Pillow and browsers use where nothing else is asked.
#include "codec/icc.h"

#include <lcms2.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace visionshard::codec {
namespace {

using Profile = std::unique_ptr<void, decltype(&cmsCloseProfile)>;
using Transform = std::unique_ptr<void, decltype(&cmsDeleteTransform)>;

Profile open_profile(ByteView bytes, cmsColorSpaceSignature space) {
  if (bytes.empty() || bytes.size() > max_profile_bytes) return {nullptr, cmsCloseProfile};
  Profile profile(cmsOpenProfileFromMem(bytes.data(), static_cast<cmsUInt32Number>(bytes.size())), cmsCloseProfile);
  if (profile && cmsGetColorSpace(profile.get()) != space) profile.reset();
  return profile;
}

Transform to_srgb(const Profile& profile, cmsUInt32Number input, cmsUInt32Number output) {
  const Profile srgb(cmsCreate_sRGBProfile(), cmsCloseProfile);
  if (!srgb) throw std::bad_alloc();
  // Without the one-pixel cache, a transform may be used by several threads and costs no more on photographs.
  return {cmsCreateTransform(profile.get(), input, srgb.get(), output, INTENT_PERCEPTUAL,
                             cmsFLAGS_NOCACHE | cmsFLAGS_COPY_ALPHA),
          cmsDeleteTransform};
}

// Whether a lattice of colors comes out as it went in.
bool changes_nothing(const Transform& transform, unsigned channels_in) {
  constexpr std::array<std::uint8_t, 6> steps = {0, 51, 102, 153, 204, 255};
  for (const std::uint8_t r : steps)
    for (const std::uint8_t g : steps)
      for (const std::uint8_t b : steps) {
        const std::uint8_t in[4] = {r, channels_in == 1 ? r : g, channels_in == 1 ? r : b, 255};
        std::uint8_t out[4] = {};
        cmsDoTransform(transform.get(), in, out, 1);
        for (unsigned k = 0; k < 3; ++k)
          if (std::abs(in[k] - out[k]) > 1) return false;
      }
  return true;
}

// Rows one at a time through a copy: in place, a transform may not change the number of channels.
void apply(const Transform& transform, Pixels& pixels, bool gray) {
  Bytes row(pixels.width);
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    std::uint8_t* const to = pixels.row(y);
    if (!gray) {
      cmsDoTransform(transform.get(), to, to, pixels.width);
      continue;
    }
    auto* const samples = reinterpret_cast<std::uint8_t*>(row.data());
    for (std::uint32_t x = 0; x < pixels.width; ++x) samples[x] = to[std::size_t{x} * pixels.channels];
    cmsDoTransform(transform.get(), samples, to, pixels.width);
  }
}

#ifdef __SSE2__

// Four pixels at a time, in 16 bits a sample; how many that were. The last ones are left: a pixel's three bytes are
// written as four.
std::uint32_t complement_by_fours(const std::uint8_t* in, std::uint32_t pixels, unsigned flip, std::uint8_t* out) {
  const __m128i zero = _mm_setzero_si128(), flipped = _mm_set1_epi8(static_cast<char>(flip)),
                half = _mm_set1_epi16(128);
  // Two pixels, each sample by the fourth, divided by 255 and rounded.
  const auto products = [&](__m128i two) {
    const __m128i light = _mm_shufflehi_epi16(_mm_shufflelo_epi16(two, 0xFF), 0xFF);
    const __m128i product = _mm_add_epi16(_mm_mullo_epi16(two, light), half);
    return _mm_srli_epi16(_mm_add_epi16(product, _mm_srli_epi16(product, 8)), 8);
  };
  std::uint32_t x = 0;
  for (; x + 8 <= pixels; x += 4, in += 16, out += 12) {
    const __m128i four = _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in)), flipped);
    const __m128i done =
        _mm_packus_epi16(products(_mm_unpacklo_epi8(four, zero)), products(_mm_unpackhi_epi8(four, zero)));
    std::uint8_t bytes[16];
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), done);
    for (unsigned p = 0; p < 4; ++p) std::memcpy(out + 3 * p, bytes + 4 * p, 4);
  }
  return x;
}

#endif

Pixels by_complement(const Pixels& cmyk, bool inverted) {
  Pixels rgb(cmyk.width, cmyk.height, 3);
  const unsigned flip = inverted ? 0 : 255;
  for (std::uint32_t y = 0; y < cmyk.height; ++y) {
    std::uint32_t x = 0;
#ifdef __SSE2__
    x = complement_by_fours(cmyk.row(y), cmyk.width, flip, rgb.row(y));
#endif
    const std::uint8_t* in = cmyk.row(y) + std::size_t{x} * 4;
    std::uint8_t* out = rgb.row(y) + std::size_t{x} * 3;
    for (; x < cmyk.width; ++x, in += 4, out += 3) {
      const unsigned light = in[3] ^ flip;
      for (int k = 0; k < 3; ++k) {
        const unsigned product = (in[k] ^ flip) * light + 128;
        out[k] = static_cast<std::uint8_t>((product + (product >> 8)) >> 8);  // divided by 255 and rounded
      }
    }
  }
  return rgb;
}

}  // namespace

ProfileUse convert_to_srgb(Pixels& pixels, ByteView bytes, bool gray) {
  if (bytes.empty()) return ProfileUse::none;
  const Profile profile = open_profile(bytes, gray ? cmsSigGrayData : cmsSigRgbData);
  if (!profile) return ProfileUse::ignored;
  const bool alpha = pixels.channels == 4;
  // A gray row has no alpha to copy; what stands in the fourth channel then is left as it is.
  const cmsUInt32Number output = alpha ? TYPE_RGBA_8 : TYPE_RGB_8;
  const Transform transform = to_srgb(profile, gray ? TYPE_GRAY_8 : output, output);
  if (!transform) return ProfileUse::ignored;
  if (changes_nothing(transform, gray ? 1 : 3)) return ProfileUse::none;
  apply(transform, pixels, gray);
  return ProfileUse::converted;
}

ProfileUse use_of_profile(ByteView bytes) {
  Pixels one(1, 1, 3);
  std::memset(one.data.data(), 0, one.data.size());
  return convert_to_srgb(one, bytes, false);
}

Pixels cmyk_to_srgb(const Pixels& cmyk, bool inverted, ByteView bytes, ProfileUse& use) {
  use = bytes.empty() ? ProfileUse::none : ProfileUse::ignored;
  const Profile profile = open_profile(bytes, cmsSigCmykData);
  if (!profile) return by_complement(cmyk, inverted);
  const Transform transform = to_srgb(profile, inverted ? TYPE_CMYK_8_REV : TYPE_CMYK_8, TYPE_RGB_8);
  if (!transform) return by_complement(cmyk, inverted);
  Pixels rgb(cmyk.width, cmyk.height, 3);
  for (std::uint32_t y = 0; y < cmyk.height; ++y) cmsDoTransform(transform.get(), cmyk.row(y), rgb.row(y), cmyk.width);
  use = ProfileUse::converted;
  return rgb;
}

void lab_to_srgb(Pixels& lab) {
  const Profile profile(cmsCreateLab4Profile(nullptr), cmsCloseProfile);
  if (!profile) throw std::bad_alloc();
  const bool alpha = lab.channels == 4;
  constexpr cmsUInt32Number lab_and_alpha_8 = COLORSPACE_SH(PT_Lab) | CHANNELS_SH(3) | EXTRA_SH(1) | BYTES_SH(1);
  const Transform transform = to_srgb(profile, alpha ? lab_and_alpha_8 : TYPE_Lab_8, alpha ? TYPE_RGBA_8 : TYPE_RGB_8);
  if (!transform) throw std::bad_alloc();
  apply(transform, lab, false);
}

}  // namespace visionshard::codec
