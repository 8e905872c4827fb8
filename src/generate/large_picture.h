// Files over a provider's limit, of sizes spread from 10.5 to 25 MB.
#pragma once

#include "base/result.h"
#include "generate/picture_source.h"

namespace visionshard::generate {

/// As a camera writes it: quality 90 to 98, 4:2:2, 4:2:0 or 4:4:4, the Huffman codes of T.81 annex K. Thread-safe.
/// Throws std::bad_alloc.
ImageResult<Bytes> make_camera_jpeg(Random& random, const PictureSource& source);

/// RGB, of little or much effort, some as smooth as a rendering. Thread-safe. Throws std::bad_alloc.
ImageResult<Bytes> make_large_png(Random& random, const PictureSource& source);

}  // namespace visionshard::generate
