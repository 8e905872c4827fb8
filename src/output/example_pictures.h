// The pictures of examples, by which near-duplicates are found.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "near_duplicates/pdq_hash.h"
#include "output/example_keys.h"

namespace visionshard::output {

/// What became of the images of examples that were to be hashed. Images by URL are none of them.
struct PictureCounts {
  std::uint64_t hashed = 0;
  std::uint64_t flat = 0;  // a quality below near_duplicates::least_quality: the hash tells nothing
  std::uint64_t undecodable = 0;

  bool operator==(const PictureCounts&) const = default;
};

/// A picture of an example, as it is in the input.
struct HashedPicture {
  near_duplicates::PdqHash hash;
  HashKey key{};            // of the file's bytes
  std::uint32_t image = 0;  // which of the images of the written example, from 0
  std::uint32_t quality = 0;
};

/// Of a written example.
struct ExamplePictures {
  std::vector<HashedPicture> pictures;  // each once
  PictureCounts counts;
};

/// A picture and where it stands.
struct PictureRecord {
  near_duplicates::PdqHash hash;
  HashKey key;
  std::uint64_t place;  // of the example: see place_of()
  std::uint64_t line;   // of the part, from 1
  std::uint32_t image;
  std::uint32_t quality;

  auto operator<=>(const PictureRecord&) const = default;
};

}  // namespace visionshard::output
