// The marker structure of a JPEG file (ITU-T T.81 annex B), walked without decoding.
#pragma once

#include <optional>
#include <vector>

#include "codec/image_info.h"

namespace visionshard::codec {

/// Bytes of a whole JFIF segment's body without a thumbnail; decoders do not take a shorter one for JFIF.
inline constexpr std::size_t jfif_bytes = 14;

/// Each is an entry in memory. The most metadata are an ICC profile of 255 segments and extended XMP of 64 KB each.
inline constexpr std::size_t max_jpeg_segments = 100'000;

struct JpegSegment {
  std::uint8_t marker;   // the second byte, 0xE0 for APP0
  std::size_t offset;    // of the 0xFF before the marker
  std::size_t end;       // after the segment; for SOS after its header
  bool damaged = false;  // metadata of a form for which some decoder refuses the file
};

struct JpegStructure {
  ImageInfo info;
  std::vector<JpegSegment> segments;  // up to EOI, scans' entropy-coded data not among them
  std::size_t frame = 0;              // index of the SOF segment
  std::uint8_t components = 0;
  unsigned scans = 0;
  bool progressive = false;
  bool has_jfif = false;
  std::optional<std::uint8_t> adobe_transform;
  std::size_t eoi = 0;  // offset of the EOI marker, or where it is missing
  std::size_t icc_bytes = 0;
};

/// Segment `index` as a rewritten file takes it over: with the entropy-coded data after a scan header, without stray
/// bytes after any other.
ByteView segment_extent(ByteView bytes, const JpegStructure& structure, std::size_t index) noexcept;

/// The content of a segment, after its length.
ByteView segment_body(ByteView bytes, const JpegSegment& segment) noexcept;

/// Beside the markers it checks, without decoding, whether a scan is incomplete: restart markers are as
/// many and as numbered as the frame's size asks for, and the data is not shorter than the shortest codes would make
/// it. Where all scans are there and no end marker can be found, the structure ends with the last scan, whose data may
/// be cut off or followed by other data: only decoding shows this. Faults: corrupt_image (cut off, markers out of
/// order, impossible tables), unsupported_format (12 bits, lossless, hierarchical, two components, fractional
/// sampling).
ImageResult<JpegStructure> read_jpeg_structure(ByteView bytes);

/// The embedded ICC profile put together from its APP2 segments (ICC.1:2010 annex B.4); empty if absent or incomplete.
Bytes jpeg_icc_profile(ByteView bytes, const JpegStructure& structure);

}  // namespace visionshard::codec
