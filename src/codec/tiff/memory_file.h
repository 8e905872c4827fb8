// libtiff on a file in memory.
#pragma once

#include <tiffio.h>

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace visionshard::codec {

/// What libtiff reads from, and the first thing that it reported.
struct TiffMemory {
  ByteView bytes;
  std::uint64_t position = 0;
  char message[160] = "";
};

struct CloseTiff {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};
using OpenTiff = std::unique_ptr<TIFF, CloseTiff>;

/// At the directory with this offset; nullptr where libtiff does not take it. `memory` outlives what is returned.
/// Throws std::bad_alloc.
OpenTiff open_tiff(TiffMemory& memory, std::uint64_t directory_offset);

/// The fault of which libtiff's message tells.
tl::unexpected<ImageFault> tiff_fault(const TiffMemory& memory);

/// The value of a tag, or its default.
template <class T>
T tiff_field(TIFF* tiff, std::uint32_t tag) {
  T value{};
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

}  // namespace visionshard::codec
