// JPEG files changed without decoding a single coefficient.
#pragma once

#include <optional>

#include "codec/jpeg/structure.h"

namespace visionshard::codec {

/// A gray, Huffman-coded JPEG as a three-component one with the same luminance: its scans stay as they are, byte for
/// byte, and two scans of constant chroma are put after them. A gray ICC profile is left out; `dropped_profile` says
/// so.
Bytes gray_to_color(ByteView bytes, const JpegStructure& structure, bool& dropped_profile);

/// A plain JPEG of the first picture: without an MPF segment, damaged metadata, strays and what follows the picture.
Bytes still_jpeg(ByteView bytes, const JpegStructure& structure);

/// Only what the picture needs: JFIF and Adobe segments, the ICC profile, tables, frame and scans. Nothing, and no
/// copy, where that is more than `max_bytes`.
std::optional<Bytes> without_metadata(ByteView bytes, const JpegStructure& structure, std::uint64_t max_bytes);

}  // namespace visionshard::codec
