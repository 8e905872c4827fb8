// Bytes that are none of the formats that can be converted, by name.
#pragma once

#include <string>

#include "base/bytes.h"

namespace visionshard::codec {

/// What the bytes are.
struct ForeignBytes {
  bool is_image_format;  // an image format that cannot be converted; else no image at all, as far as is known
  std::string name;      // "a TGA image", "an HTML page"; empty where nothing is known
};

/// Recognized by the first and last few hundred bytes.
ForeignBytes name_foreign_bytes(ByteView bytes);

}  // namespace visionshard::codec
