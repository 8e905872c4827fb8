// CMYK JPEGs in which no pixel has black ink, as the plain conversion of RGB makes them, taken for RGB without
// decoding.
#pragma once

#include <optional>

#include "codec/jpeg/structure.h"

namespace visionshard::codec {

/// The same picture without its fourth component. What is stored of cyan, magenta and yellow, inverted, is red, green
/// and blue where there is no black, so that their codes stay as they are, bit for bit. Nothing where there is black, a
/// profile that says what the inks look like, or a kind of file that JpegScan does not read. Throws std::bad_alloc.
std::optional<Bytes> cmyk_without_black(ByteView bytes, const JpegStructure& structure);

}  // namespace visionshard::codec
