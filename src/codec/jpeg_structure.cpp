#include "codec/jpeg_structure.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/byte_order.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t eoi = 0xD9, sos = 0xDA, dht = 0xC4, jpg = 0xC8, dac = 0xCC, app0 = 0xE0,
                       app1 = 0xE1, app2 = 0xE2, app14 = 0xEE, com = 0xFE, dqt = 0xDB, tem = 0x01;
constexpr std::size_t icc_header_bytes = 14;  // "ICC_PROFILE\0", number, count

bool is_frame(std::uint8_t marker) noexcept {
  return marker >= 0xC0 && marker <= 0xCF && marker != dht && marker != jpg && marker != dac;
}
bool is_restart(std::uint8_t marker) noexcept { return marker >= 0xD0 && marker <= 0xD7; }

// Those libjpeg reads or skips: frames, DHT, DAC, SOS, DQT, DNL, DRI, APPn and COM.
bool is_known_segment(std::uint8_t marker) noexcept {
  return (marker >= 0xC0 && marker <= 0xCF && marker != jpg) || (marker >= sos && marker <= 0xDD) ||
         (marker >= app0 && marker <= 0xEF) || marker == com;
}

tl::unexpected<ImageFault> corrupt(std::string detail) {
  return image_fault(FaultCode::corrupt_image, std::move(detail));
}
tl::unexpected<ImageFault> unsupported(std::string detail) {
  return image_fault(FaultCode::unsupported_format, std::move(detail));
}

// Behind entropy-coded data: the offset of the next marker that is neither stuffing nor a restart, or size.
std::size_t skip_entropy_coded(ByteView bytes, std::size_t at) noexcept {
  const std::string_view text = as_text(bytes);
  for (;;) {
    at = text.find('\xFF', at);
    if (at == std::string_view::npos || at + 1 >= bytes.size()) return bytes.size();
    const std::uint8_t next = u8(bytes, at + 1);
    if (next == 0xFF) {
      ++at;
    } else if (next == 0 || is_restart(next)) {
      at += 2;
    } else {
      return at;
    }
  }
}

class Walk {
 public:
  explicit Walk(ByteView bytes) : bytes_(bytes) { s_.info.format = Format::jpeg; }

  ImageResult<JpegStructure> run() {
    std::size_t at = 2;
    for (;;) {
      // Fill bytes may stand before a marker (T.81 B.1.1.2); other bytes there are skipped by decoders as well.
      while (at < bytes_.size() && u8(bytes_, at) != 0xFF) ++at;
      while (at + 1 < bytes_.size() && u8(bytes_, at + 1) == 0xFF) ++at;
      if (at + 1 >= bytes_.size()) return cut_off();
      const std::uint8_t marker = u8(bytes_, at + 1);
      if (marker == eoi) {
        s_.eoi = at;
        break;
      }
      if (marker == 0 || marker == tem || is_restart(marker)) {
        at += 2;
        continue;
      }
      if (!is_known_segment(marker))
        return corrupt(fmt::format("the JPEG has a marker 0xFF{:02X} at byte {} that no decoder takes", marker, at));
      if (at + 4 > bytes_.size()) return cut_off();
      const std::size_t length = be16(bytes_, at + 2);
      if (length < 2) return corrupt(fmt::format("the JPEG segment at byte {} has the length {}", at, length));
      const std::size_t end = at + 2 + length;
      if (end > bytes_.size()) return cut_off();
      s_.segments.push_back({marker, at, end});
      if (auto read = segment(marker, bytes_.subspan(at + 4, length - 2)); !read) return tl::unexpected(read.error());
      at = end;
      if (marker == sos) {
        if (s_.components == 0) return corrupt("the JPEG has a scan before its frame header");
        ++scans_;
        at = skip_entropy_coded(bytes_, at);
      }
    }
    if (s_.components == 0) return corrupt("the JPEG has no frame header");
    if (scans_ == 0 || scanned_ != (1u << s_.components) - 1)
      return corrupt("the JPEG ends without a scan for each of its components");
    s_.info.end = s_.eoi + 2;
    return std::move(s_);
  }

 private:
  tl::unexpected<ImageFault> cut_off() const {
    return corrupt(fmt::format("the JPEG is cut off: no end marker in {} bytes", bytes_.size()));
  }

  ImageResult<void> segment(std::uint8_t marker, ByteView body) {
    if (is_frame(marker)) return frame(marker, body);
    if (marker == sos) return scan(body);
    if (marker == dqt) return quantisation_tables(body);
    if (marker == app0) s_.has_jfif |= text_at(body, 0, "JFIF\0"sv) && body.size() >= jfif_bytes;
    // Of several the first counts, and none behind the picture.
    if (marker == app1 && !has_exif_ && scans_ == 0 && text_at(body, 0, "Exif\0"sv) && body.size() > 6) {
      has_exif_ = true;
      s_.info.orientation = exif_orientation(body.subspan(6));
    }
    if (marker == app2 && text_at(body, 0, "ICC_PROFILE\0"sv) && body.size() > icc_header_bytes)
      s_.icc_bytes += body.size() - icc_header_bytes;
    if (marker == app2 && text_at(body, 0, "MPF\0"sv)) s_.info.multi_picture = true;
    if (marker == app14 && text_at(body, 0, "Adobe"sv) && body.size() >= 12) s_.adobe_transform = u8(body, 11);
    return {};
  }

  // T.81 B.2.4.1: tables of 64 values of one or two bytes, each behind a byte of precision and number.
  ImageResult<void> quantisation_tables(ByteView body) {
    for (std::size_t at = 0; at < body.size();) {
      const unsigned precision = u8(body, at) >> 4, number = u8(body, at) & 15;
      const std::size_t size = 1 + 64 * (precision + 1u);
      if (precision > 1 || number > 3 || size > body.size() - at)
        return corrupt("the JPEG has a damaged quantisation table");
      tables_ |= 1u << number;
      at += size;
    }
    return {};
  }

  ImageResult<void> frame(std::uint8_t marker, ByteView body) {
    if (s_.components != 0) return corrupt("the JPEG has two frame headers");
    if (body.size() < 6) return corrupt("the JPEG's frame header is too short");
    const unsigned precision = u8(body, 0);
    const unsigned kind = marker - 0xC0u;
    if (kind == 3 || kind == 11) return unsupported("the JPEG is lossless, which this build cannot convert");
    if (kind != 0 && kind != 1 && kind != 2 && kind != 9 && kind != 10)
      return unsupported("the JPEG is hierarchical, which this build cannot convert");
    if (precision != 8)
      return unsupported(fmt::format("the JPEG has {} bits a sample, which this build cannot convert", precision));
    s_.info.height = be16(body, 1);
    s_.info.width = be16(body, 3);
    s_.components = u8(body, 5);
    if (s_.info.height == 0)
      return unsupported("the JPEG tells its height only behind its first scan (DNL), which this build cannot convert");
    if (s_.info.width == 0) return corrupt("the JPEG has no width");
    if (body.size() != 6u + 3u * s_.components) return corrupt("the JPEG's frame header has the wrong length");
    if (s_.components == 2 || s_.components > 4 || s_.components == 0)
      return unsupported(fmt::format("the JPEG has {} colour components", s_.components));
    for (unsigned c = 0; c < s_.components; ++c) {
      ids_[c] = u8(body, 6 + 3 * c);
      table_of_[c] = u8(body, 8 + 3 * c);
      if (table_of_[c] > 3) return corrupt("the JPEG names a quantisation table that cannot be");
      const unsigned h = u8(body, 7 + 3 * c) >> 4, v = u8(body, 7 + 3 * c) & 15;
      if (h < 1 || h > 4 || v < 1 || v > 4) return corrupt("the JPEG has an impossible sampling factor");
    }
    s_.progressive = kind == 2 || kind == 10;
    s_.arithmetic = kind == 9 || kind == 10;
    s_.info.model = s_.components == 1   ? ColourModel::grey
                    : s_.components == 4 ? ColourModel::cmyk
                                         : ColourModel::rgb;
    s_.frame = s_.segments.size() - 1;
    return {};
  }

  ImageResult<void> scan(ByteView body) {
    if (body.empty() || body.size() != 4u + 2u * u8(body, 0)) return corrupt("a JPEG scan header has the wrong length");
    for (unsigned i = 0; i < u8(body, 0); ++i) {
      const std::uint8_t* const end = ids_ + s_.components;
      const std::uint8_t* const found = std::find<const std::uint8_t*>(ids_, end, u8(body, 1 + 2 * i));
      if (found == end) return corrupt("a JPEG scan names a component that the frame does not have");
      if ((tables_ >> table_of_[found - ids_] & 1) == 0)
        return corrupt("a JPEG scan stands before its quantisation table");
      scanned_ |= 1u << (found - ids_);
    }
    return {};
  }

  ByteView bytes_;
  JpegStructure s_;
  std::uint8_t ids_[4] = {};
  std::uint8_t table_of_[4] = {};
  unsigned tables_ = 0;  // quantisation tables defined so far
  bool has_exif_ = false;
  unsigned scanned_ = 0;
  unsigned scans_ = 0;
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
