#include "codec/jpeg/structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "codec/byte_order.h"
#include "codec/jpeg/headers.h"
#include "codec/jpeg/markers.h"
#include "codec/orientation.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t icc_header_bytes = 14;  // "ICC_PROFILE\0", number, count

bool is_restart(std::uint8_t marker) noexcept { return marker >= 0xD0 && marker <= 0xD7; }

// Those libjpeg reads or skips: frames, DHT, DAC, SOS, DQT, DNL, DRI, APPn and COM.
bool is_known_segment(std::uint8_t marker) noexcept {
  return (marker >= 0xC0 && marker <= 0xCF && marker != jpg) || (marker >= sos && marker <= 0xDD) ||
         (marker >= app0 && marker <= 0xEF) || marker == com;
}

// The offset of the next 0xFF that no stuffed zero follows, or size. Entropy-coded data has one stuffed 0xFF in 256
// bytes, at which a search for single bytes would stop each time. 10 GB/s on photographs in memory, as fast as it
// reads.
std::size_t find_marker(ByteView bytes, std::size_t at) noexcept {
#ifdef __SSE2__
  const __m128i ones = _mm_set1_epi8(-1), zeros = _mm_setzero_si128();
  for (; at + 17 <= bytes.size(); at += 16) {
    const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at));
    const __m128i next = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at + 1));
    const int hits = _mm_movemask_epi8(_mm_andnot_si128(_mm_cmpeq_epi8(next, zeros), _mm_cmpeq_epi8(here, ones)));
    if (hits != 0) return at + static_cast<unsigned>(std::countr_zero(static_cast<unsigned>(hits)));
  }
#endif
  for (; at + 1 < bytes.size(); ++at)
    if (u8(bytes, at) == 0xFF && u8(bytes, at + 1) != 0) return at;
  return bytes.size();
}

// Pillow refuses a file for these; libjpeg passes over them, and the picture does not depend on them.
bool is_malformed(std::uint8_t marker, ByteView body) noexcept {
  switch (marker) {
    case app0: return text_at(body, 0, "JFIF") && body.size() < 7;
    case app1:
      return text_at(body, 0, "Exif\0"sv) &&
             (body.size() < 14 || (!text_at(body, 6, "II*\0"sv) && !text_at(body, 6, "MM\0*"sv)));
    case app2: return text_at(body, 0, "ICC_PROFILE\0"sv) && body.size() < icc_header_bytes;
    case app14: return text_at(body, 0, "Adobe"sv) && body.size() < 12;
    case app13: {
      // Adobe's image resources: "8BIM", number, name, size, data; a name that is cut off is what cannot be borne.
      if (!text_at(body, 0, "Photoshop 3.0\0"sv)) return false;
      for (std::size_t at = 14; text_at(body, at, "8BIM");) {
        if (at + 6 > body.size()) return false;
        if (at + 6 == body.size()) return true;
        at += 7 + std::size_t{u8(body, at + 6)};
        at += at & 1;
        if (at + 4 > body.size()) return false;
        at += 4 + std::size_t{be32(body, at)};
        at += at & 1;
      }
      return false;
    }
    default: return false;
  }
}

constexpr bool is_skipped(std::uint8_t marker) noexcept {
  return marker == com || marker == dnl || (marker >= app0 && marker <= 0xEF);
}

class Walk {
 public:
  explicit Walk(ByteView bytes) : bytes_(bytes) { s_.info.format = Format::jpeg; }

  ImageResult<JpegStructure> run() {
    if (auto walked = walk(); !walked) {
      // If all scans are complete, bytes in place of the end marker are not part of the picture. Arithmetic data does
      // not show whether it is complete. Of what has no end, more may change the picture.
      const bool has_end = s_.segments.size() < max_jpeg_segments && !headers_.has_most_scans();
      if (!has_end || picture_.end == 0 || headers_.frame().arithmetic || picture_.loss != nullptr)
        return tl::unexpected(walked.error());
      s_.segments.resize(picture_.segments);
      s_.eoi = picture_.end;
      s_.info.end_marker_missing = true;
      s_.info.loss = nullptr;
    }
    const JpegFrame& frame = headers_.frame();
    if (!headers_.has_frame()) return corrupt_jpeg("the JPEG has no frame header");
    if (!headers_.has_all_components()) return corrupt_jpeg("the JPEG ends without a scan for each of its components");
    // Decoders make up for scans that are missing by blurring.
    if (!s_.info.end_marker_missing && !headers_.has_all_bits())
      s_.info.loss = "the progressive JPEG is cut off: it ends before its last scans";
    s_.components = static_cast<std::uint8_t>(frame.components.size());
    s_.scans = s_.info.end_marker_missing ? picture_.scans : headers_.scans();
    s_.progressive = frame.progressive;
    s_.info.width = frame.width;
    s_.info.height = frame.height;
    s_.info.arithmetic = frame.arithmetic;
    s_.info.model = s_.components == 1 ? ColorModel::gray : s_.components == 4 ? ColorModel::cmyk : ColorModel::rgb;
    s_.info.one_scan = s_.scans == 1 && s_.components == 3 && !s_.progressive && !frame.arithmetic;
    s_.info.has_profile = s_.icc_bytes > 0;
    s_.info.orientation = orientation_.value();
    s_.info.end = s_.info.end_marker_missing ? s_.eoi : s_.eoi + 2;
    return std::move(s_);
  }

 private:
  tl::unexpected<ImageFault> cut_off() const {
    return corrupt_jpeg(fmt::format("the JPEG is cut off: no end marker in {} bytes", bytes_.size()));
  }

  // Up to the end marker.
  ImageResult<void> walk() {
    std::size_t at = 2;
    for (;;) {
      // Fill bytes may stand before a marker (T.81 B.1.1.2); other bytes there are skipped by decoders as well.
      while (at < bytes_.size() && u8(bytes_, at) != 0xFF) ++at;
      while (at + 1 < bytes_.size() && u8(bytes_, at + 1) == 0xFF) ++at;
      if (at + 1 >= bytes_.size()) return cut_off();
      const std::uint8_t marker = u8(bytes_, at + 1);
      if (marker == eoi) {
        s_.eoi = at;
        return {};
      }
      if (marker == 0 || marker == tem || is_restart(marker)) {
        s_.info.damaged_metadata |= marker == tem && headers_.scans() == 0;
        at += 2;
        continue;
      }
      if (marker == jpeg_ls) return unsupported_jpeg("the JPEG is a JPEG-LS, which this build cannot convert");
      if (!is_known_segment(marker))
        return corrupt_jpeg(
            fmt::format("the JPEG has a marker 0xFF{:02X} at byte {} that no decoder takes", marker, at));
      if (at + 4 > bytes_.size()) return cut_off();
      // The length counts its own two bytes. Of a segment that is skipped, decoders take 0 and 1 for 2.
      const std::size_t declared = be16(bytes_, at + 2),
                        length = is_skipped(marker) ? std::max<std::size_t>(declared, 2) : declared;
      if (length < 2) return corrupt_jpeg(fmt::format("the JPEG segment at byte {} has the length {}", at, length));
      const std::size_t end = at + 2 + length;
      if (end > bytes_.size()) return cut_off();
      if (s_.segments.size() == max_jpeg_segments)
        return corrupt_jpeg(fmt::format("the JPEG has more than {} segments", max_jpeg_segments));
      s_.segments.push_back({marker, at, end});
      const ByteView body = bytes_.subspan(at + 4, length - 2);
      at = end;
      if (marker == sos) {
        auto scanned = scan(body, end);
        if (!scanned) return tl::unexpected(scanned.error());
        at = *scanned;
        if (picture_.end == 0 && headers_.has_all_components() && headers_.has_all_bits())
          picture_ = {at, s_.segments.size(), headers_.scans(), s_.info.loss};
      } else if (headers_.scans() == 0 && is_malformed(marker, body)) {
        s_.segments.back().damaged = s_.info.damaged_metadata = true;
      } else {
        const bool had_frame = headers_.has_frame();
        if (auto read = headers_.read(marker, body); !read) return read;
        if (headers_.has_frame() && !had_frame) s_.frame = s_.segments.size() - 1;
        metadata(marker, body);
      }
    }
  }

  void metadata(std::uint8_t marker, ByteView body) {
    if (marker == app0) s_.has_jfif |= text_at(body, 0, "JFIF\0"sv) && body.size() >= jfif_bytes;
    // Of several the first counts, and none after the picture.
    if (marker == app1 && !has_exif_ && headers_.scans() == 0 && text_at(body, 0, "Exif\0"sv) && body.size() > 6) {
      has_exif_ = true;
      orientation_.read_exif(body);
    }
    if (marker == app1 && headers_.scans() == 0 && is_xmp_segment(body)) orientation_.read_xmp(body);
    if (marker == app2 && text_at(body, 0, "ICC_PROFILE\0"sv) && body.size() > icc_header_bytes)
      s_.icc_bytes += body.size() - icc_header_bytes;
    if (marker == app2 && text_at(body, 0, "MPF\0"sv)) s_.info.multi_picture = true;
    if (marker == app14 && text_at(body, 0, "Adobe"sv) && body.size() >= 12) s_.adobe_transform = u8(body, 11);
  }

  // The whole of a scan; gives where it ends.
  ImageResult<std::size_t> scan(ByteView body, std::size_t begin) {
    auto header = headers_.read_scan(body);
    if (!header) return tl::unexpected(header.error());
    const JpegFrame& frame = headers_.frame();
    const auto blocks_of = [](std::uint64_t size, unsigned part, unsigned whole) {
      return ((size * part + whole - 1) / whole + 7) / 8;
    };
    const JpegComponent& only = frame.components[header->components[0]];
    std::uint64_t units, blocks_each = 1;  // minimum coded units, T.81 A.2
    if (header->components.size() == 1) {
      units = blocks_of(frame.width, only.across, frame.across) * blocks_of(frame.height, only.down, frame.down);
    } else {
      units = blocks_of(frame.width, 1, frame.across) * blocks_of(frame.height, 1, frame.down);
      blocks_each = 0;
      for (const std::size_t c : header->components)
        blocks_each += frame.components[c].across * frame.components[c].down;
      if (blocks_each > 10)
        return unsupported_jpeg(fmt::format("the JPEG has {} blocks in a unit, over the standard's 10", blocks_each));
    }

    const std::uint64_t expected = headers_.restart_interval() == 0 ? 0 : (units - 1) / headers_.restart_interval();
    std::size_t at = begin, surplus = 0;  // where the first restart marker after the last block stands
    std::uint64_t restarts = 0;
    for (;;) {
      at = find_marker(bytes_, at);
      if (at == bytes_.size()) break;
      const std::uint8_t next = u8(bytes_, at + 1);
      if (next == 0xFF) {
        ++at;
        // T.81 B.1.1.2 has fill bytes before markers alone. libjpeg-turbo's two decoders make different pictures of
        // them.
        if (at + 1 < bytes_.size() && u8(bytes_, at + 1) == 0)
          s_.info.loss = "the JPEG's scan has fill bytes inside its data, which decoders read in different ways";
      } else if (is_restart(next)) {
        if (restarts == expected) surplus = at;
        if (restarts < expected && next - 0xD0u != restarts % 8)
          s_.info.loss = "the JPEG's restart markers are out of order";
        ++restarts;
        at += 2;
      } else {
        break;
      }
    }
    // Restart markers after the last block lose nothing, if only markers follow.
    const bool has_surplus_data = surplus > 0 && !has_only_restarts(bytes_.subspan(surplus, at - surplus));
    if (restarts < expected || has_surplus_data)
      s_.info.loss = "the JPEG's scan is damaged: there are not as many restart markers as its size calls for";
    // A code has at least one bit; a sequential block has at least two codes, and one in the scans of DC coefficients.
    const bool has_dc = header->first == 0 && !frame.arithmetic;
    const std::uint64_t min_bits = has_dc ? units * blocks_each * (frame.progressive ? 1 : 2) : 0;
    if ((at - begin) * 8 < min_bits)
      s_.info.loss = "the JPEG's scan is cut off: it is too short for the picture's size";
    return at;
  }

  static bool has_only_restarts(ByteView markers) noexcept {
    for (std::size_t at = 0; at < markers.size(); ++at)
      if (u8(markers, at) != 0xFF && !(at > 0 && u8(markers, at - 1) == 0xFF && is_restart(u8(markers, at))))
        return false;
    return true;
  }

  ByteView bytes_;
  JpegStructure s_;
  JpegHeaders headers_;
  bool has_exif_ = false;
  // What held when the picture was whole.
  struct {
    std::size_t end = 0;  // of the scan with which it was; 0 before
    std::size_t segments = 0;
    unsigned scans = 0;
    const char* loss = nullptr;
  } picture_;
  MetadataOrientation orientation_;
};

}  // namespace

ByteView segment_extent(ByteView bytes, const JpegStructure& s, std::size_t index) noexcept {
  const JpegSegment& segment = s.segments[index];
  const std::size_t next = index + 1 < s.segments.size() ? s.segments[index + 1].offset : s.eoi;
  return bytes.subspan(segment.offset, (segment.marker == sos ? next : segment.end) - segment.offset);
}

ByteView segment_body(ByteView bytes, const JpegSegment& segment) noexcept {
  return bytes.subspan(segment.offset + 4, segment.end - segment.offset - 4);
}

ImageResult<JpegStructure> read_jpeg_structure(ByteView bytes) { return Walk(bytes).run(); }

Bytes jpeg_icc_profile(ByteView bytes, const JpegStructure& structure) {
  struct Piece {
    unsigned number;
    ByteView data;
  };
  std::vector<Piece> pieces;
  unsigned count = 0;
  for (const JpegSegment& segment : structure.segments) {
    const ByteView body = segment_body(bytes, segment);
    if (segment.marker != app2 || !text_at(body, 0, "ICC_PROFILE\0"sv) || body.size() <= icc_header_bytes) continue;
    pieces.push_back({u8(body, 12), body.subspan(icc_header_bytes)});
    count = u8(body, 13);
  }
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.number < b.number; });
  Bytes profile;
  if (pieces.size() != count) return profile;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].number != i + 1) return Bytes();
    profile.append(pieces[i].data);
  }
  return profile;
}

}  // namespace visionshard::codec
