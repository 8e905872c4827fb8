// The perceptual intent is what pictures are made for, and what Pillow and browsers use where nothing else is asked.
#include "codec/colour.h"

#include <lcms2.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <new>

namespace visionshard::codec {
namespace {

using Profile = std::unique_ptr<void, decltype(&cmsCloseProfile)>;
using Transform = std::unique_ptr<void, decltype(&cmsDeleteTransform)>;

Profile open_profile(ByteView bytes, cmsColorSpaceSignature space) {
  if (bytes.empty() || bytes.size() > most_profile_bytes) return {nullptr, cmsCloseProfile};
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

// Whether a lattice of colours comes out as it went in.
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
void apply(const Transform& transform, Pixels& pixels, bool grey) {
  Bytes row(pixels.width);
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    std::uint8_t* const to = pixels.row(y);
    if (!grey) {
      cmsDoTransform(transform.get(), to, to, pixels.width);
      continue;
    }
    auto* const samples = reinterpret_cast<std::uint8_t*>(row.data());
    for (std::uint32_t x = 0; x < pixels.width; ++x) samples[x] = to[std::size_t{x} * pixels.channels];
    cmsDoTransform(transform.get(), samples, to, pixels.width);
  }
}

Pixels by_complement(const Pixels& cmyk, bool inverted) {
  Pixels rgb(cmyk.width, cmyk.height, 3);
  const unsigned flip = inverted ? 0 : 255;
  for (std::uint32_t y = 0; y < cmyk.height; ++y) {
    const std::uint8_t* in = cmyk.row(y);
    std::uint8_t* out = rgb.row(y);
    for (std::uint32_t x = 0; x < cmyk.width; ++x, in += 4, out += 3) {
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

ProfileUse convert_to_srgb(Pixels& pixels, ByteView bytes, bool grey) {
  if (bytes.empty()) return ProfileUse::none;
  const Profile profile = open_profile(bytes, grey ? cmsSigGrayData : cmsSigRgbData);
  if (!profile) return ProfileUse::ignored;
  const bool alpha = pixels.channels == 4;
  // A grey row has no alpha to copy; what stands in the fourth channel then is left as it is.
  const cmsUInt32Number output = alpha ? TYPE_RGBA_8 : TYPE_RGB_8;
  const Transform transform = to_srgb(profile, grey ? TYPE_GRAY_8 : output, output);
  if (!transform) return ProfileUse::ignored;
  if (changes_nothing(transform, grey ? 1 : 3)) return ProfileUse::none;
  apply(transform, pixels, grey);
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
