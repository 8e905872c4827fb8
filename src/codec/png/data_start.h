// The first bytes of a PNG's image data: a zlib stream (RFC 1950, 1951) whose first byte is the filter of the first
// row.
#pragma once

#include "base/bytes.h"

namespace visionshard::codec {

/// No first block's header is longer, the first code after it included.
inline constexpr std::size_t max_png_data_start_bytes = 640;

/// What decoders refuse of it, that is seen before a row is decoded: the zlib header, the codes of the first block, the
/// filter of the first row. nullptr where there is nothing. `start` has up to max_png_data_start_bytes. Thread-safe.
const char* png_data_start_fault(ByteView start) noexcept;

}  // namespace visionshard::codec
