// The PDQ hash of a picture ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook,
// 2019), in whole numbers, so that it is the same on every processor.
#pragma once

#include "codec/image_info.h"
#include "codec/pixels.h"
#include "near_duplicates/pdq_hash.h"

namespace visionshard::near_duplicates {

/// Of everything between a file's bytes and its hash; a hash is comparable with those of the same version. The README
/// says what it consists of.
inline constexpr unsigned decode_version = 1;

/// Below it a picture has so few features that its hash tells nothing.
inline constexpr unsigned least_quality = 50;

struct Pdq {
  PdqHash hash;
  unsigned quality = 0;  // 0 to 100
};

/// Of an upright picture in sRGB; what is transparent counts as on white. All zero where a side is below 5 pixels.
/// Throws std::bad_alloc. Thread-safe.
Pdq pdq(const codec::Pixels& pixels);

/// Of a file's first picture, decoded as `decode_version` says. Fault: corrupt_image. Throws std::bad_alloc.
/// Thread-safe.
ImageResult<Pdq> pdq_of_file(ByteView bytes, const codec::ImageInfo& info);

/// Memory that pdq_of_file() takes at most, with the file.
std::uint64_t need_bytes(const codec::ImageInfo& info, std::uint64_t file_bytes) noexcept;

}  // namespace visionshard::near_duplicates
