// The start of a VP8L bitstream (RFC 9649 section 3): what stands before the first pixels of any kind.
#pragma once

#include "base/bytes.h"

namespace visionshard::codec {

/// Whether a decoder takes the transforms, the color cache and the first group of prefix codes. Later codes have pixels
/// before them (of a transform's or the prefix codes' own picture), which only decoding gets past. `data` begins after
/// the five bytes of size; in an ALPH chunk after its first byte. Thread-safe.
bool has_sound_vp8l_codes(ByteView data) noexcept;

}  // namespace visionshard::codec
