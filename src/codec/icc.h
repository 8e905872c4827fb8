// Embedded ICC profiles to sRGB, through Little CMS.
#pragma once

#include <cstdint>

#include "codec/pixels.h"

namespace visionshard::codec {

enum class ProfileUse : std::uint8_t {
  none,       // there is no profile, or it is sRGB as far as 8 bits can tell: the samples are right as they are
  converted,  // the samples are sRGB now
  ignored,    // broken, or for another color space than the samples'
};

/// Profiles larger than this are ignored; the largest in common use, press profiles, have under 4 MB.
inline constexpr std::size_t max_profile_bytes = 16 << 20;

/// RGB or RGBA samples of `profile`'s space to sRGB, in place. With `gray`, the samples are a gray picture's and the
/// profile is expected to be a gray one. Throws std::bad_alloc. Thread-safe.
ProfileUse convert_to_srgb(Pixels& pixels, ByteView profile, bool gray);

/// What convert_to_srgb would do with RGB samples. Throws std::bad_alloc. Thread-safe.
ProfileUse use_of_profile(ByteView profile);

/// CMYK samples, `inverted` where 0 is full ink, to RGB: through `profile` where it is a CMYK one, else by the plain
/// complement formula. `use` says which. Throws std::bad_alloc. Thread-safe.
Pixels cmyk_to_srgb(const Pixels& cmyk, bool inverted, ByteView profile, ProfileUse& use);

/// CIE L*a*b* of illuminant D50, as Little CMS's 8-bit Lab, to sRGB in place; a fourth channel stays. Throws
/// std::bad_alloc. Thread-safe.
void lab_to_srgb(Pixels& lab);

}  // namespace visionshard::codec
