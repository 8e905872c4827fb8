// The picture size in a coded stream, for which its decoder allocates memory. The size in the boxes may differ.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace visionshard::codec {

/// The most pixels that a sequence header in a stream of AV1 OBUs allows a frame; 0 where none is found. Thread-safe.
std::uint64_t av1_stream_pixels(ByteView obus) noexcept;

/// The pixels of an HEVC sequence parameter set, from its NAL header on; 0 where it is damaged. Throws std::bad_alloc.
std::uint64_t hevc_parameter_set_pixels(ByteView nal);

/// The most of any parameter set among NAL units that each follow a length of `length_bytes`. Throws std::bad_alloc.
std::uint64_t hevc_stream_pixels(ByteView units, std::size_t length_bytes);

}  // namespace visionshard::codec
