// JPEG files whose entropy-coded data must be decoded to be put right, though no coefficient changes. Through libjpeg.
#pragma once

#include <optional>

#include "codec/jpeg/structure.h"

namespace visionshard::codec {

/// An arithmetic-coded JPEG with the same coefficients and metadata, Huffman-coded; progressive where it was. Restart
/// markers go. Nothing where Huffman codes cannot hold it: coefficients out of the range of 8-bit samples, say. Fault:
/// corrupt_image. Throws std::bad_alloc.
ImageResult<std::optional<Bytes>> huffman_coded(ByteView bytes, const JpegStructure& structure);

/// A JPEG whose end marker is missing, cut off after the last byte of its last scan's data, with an end marker. Fault:
/// corrupt_image where the data itself ends early. Throws std::bad_alloc.
ImageResult<Bytes> with_end_marker(ByteView bytes, const JpegStructure& structure);

}  // namespace visionshard::codec
