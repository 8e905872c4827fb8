// Which kinds of images there are, how often each comes, and how one is made.
#pragma once

#include "base/result.h"
#include "codec/image_info.h"
#include "generate/picture_source.h"

namespace visionshard::generate {

enum class Group : std::uint8_t {
  compliant,  // RGB JPEG, PNG and WebP, RGBA PNG
  convert,    // gray and CMYK JPEG, palette, gray, gray and alpha and 16-bit gray PNG
  heavy,      // RGB JPEG and PNG over 10,000,000 bytes
  camera,     // of heavy the JPEG
};

struct MadeImage {
  codec::Format format;
  Bytes file;
};

/// An image of one of the group's kinds, which `random` draws. Thread-safe. Throws std::bad_alloc.
ImageResult<MadeImage> make_image(Group group, Random& random, const PictureSource& source);

}  // namespace visionshard::generate
