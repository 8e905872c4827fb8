// A sample of the images of a run, for people: each before and after its conversion.
#pragma once

#include <visionshard/image_statistics.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace visionshard {

struct SamplePicture {
  ImageFacts facts;
  std::optional<int> jpeg_quality;  // of a JPEG
  std::string thumbnail;            // a JPEG file; empty if the image cannot be decoded, or only at high cost
  ImageSize thumbnail_size;
};

enum class SampleKind : std::uint8_t { converted, shrunk, rejected };

struct ImageSample {
  SampleKind kind = SampleKind::converted;
  SamplePicture before;
  SamplePicture after;                   // not of a rejected one
  std::vector<std::string> conversions;  // by their names in manifest.json
  double psnr_db = 0;                    // 0 where it was not measured
  std::string reason;                    // rejected: the code
  std::string detail;                    // rejected: what is wrong
};

/// A sample and the place of its image in the input; of an image on many lines, the first place.
struct GalleryEntry {
  std::string file;
  std::uint64_t line = 0;  // from 1
  std::string pointer;     // JSON pointer into the line; empty where none applies
  ImageSample sample;
};

}  // namespace visionshard
