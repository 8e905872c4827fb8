// What the boxes of a HEIF file (ISO/IEC 14496-12, 23008-12) say of its primary image before anything is decoded.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace visionshard::codec {

struct HeifHeader {
  std::size_t end = 0;  // of the HEIF file; cameras append a video, which is a file of its own
  // As coded, and as shown after cropping and turning. 0 where the boxes do not say it.
  std::uint32_t coded_width = 0, coded_height = 0;
  std::uint32_t width = 0, height = 0;
  std::uint8_t bit_depth = 8;         // the most of any picture in the file
  bool full_chroma = false;           // some picture in the file has more chroma samples than one to four pixels
  std::uint64_t stream_pixels = 0;    // the most of any coded stream, in its own words
  bool has_too_many_entries = false;  // over HeifItems::max_entries; nothing else is read
  bool too_much_data = false;        // the pieces of an item are together longer than the file, or all items many times
  std::uint64_t decoded_pixels = 0;  // of all items that the picture is made of, each as often as it is decoded
  std::uint64_t canvas_pixels = 0;   // of the grids and overlays among them that are in memory at one time
  bool is_nested_too_deep = false;   // it is made of images that are made of images, over more steps than are read
  bool has_gaps = false;             // it is a grid whose tiles do not cover it
  bool size_is_late = false;         // an item names a transformation before its size
  std::optional<unsigned> last_mirror;  // axis of an `imir` that is the primary item's last transformation
};

/// Never fails: what cannot be read stays as it is above. Throws std::bad_alloc. Thread-safe.
HeifHeader read_heif_header(ByteView bytes);

/// A copy in which every item names its size first: libheif 1.15 leaves out of the size what comes before it. Throws
/// std::bad_alloc.
Bytes with_sizes_first(ByteView bytes);

/// A copy in which no item that is shown has an `imir` as its last transformation: libheif 1.15 mirrors 8 bits only.
/// Throws std::bad_alloc.
Bytes without_last_mirrors(ByteView bytes);

}  // namespace visionshard::codec
