// What this machine's codecs make of a few pictures that are the same everywhere.
#pragma once

#include <string>

namespace visionshard::image {

/// Whether JPEG XL is part of the test: its decoder takes as long as all others.
enum class JpegXl : bool { left_out, decoded };

/// A digest of the codec libraries' versions and of what becomes of the pictures in self_test_pictures.h: kept,
/// converted, rotated, shrunk, reduced. Machines whose libraries or processors give other bytes have different ones.
/// The same on every call. Throws std::bad_alloc.
std::string codec_self_test_digest(JpegXl jpeg_xl);

}  // namespace visionshard::image
