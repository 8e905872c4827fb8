#include "codec/jpeg_structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "codec/byte_order.h"
#include "codec/orientation.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t eoi = 0xD9, sos = 0xDA, dht = 0xC4, jpg = 0xC8, dac = 0xCC, app0 = 0xE0, app1 = 0xE1,
                       app2 = 0xE2, app13 = 0xED, app14 = 0xEE, com = 0xFE, dqt = 0xDB, dri = 0xDD, tem = 0x01,
                       jpeg_ls = 0xF7;        // SOF55 (T.87 annex C)
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

constexpr std::uint8_t not_sent = 99;

constexpr std::array<std::uint8_t, 64> all_missing() {
  std::array<std::uint8_t, 64> bits{};
  bits.fill(not_sent);
  return bits;
}

struct Component {
  std::uint8_t id = 0, table = 0;
  unsigned across = 1, down = 1;  // sampling factors
  std::array<std::uint8_t, 64> missing_bits =
      all_missing();  // of each coefficient, behind the scans of a progressive file
};

// What a scan's header says (T.81 B.2.3).
struct Scan {
  std::vector<std::size_t> components;
  unsigned first = 0, last = 63;  // coefficients
  unsigned high = 0, low = 0;     // successive approximation
};

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
        s_.info.damaged_metadata |= marker == tem && scans_ == 0;
        at += 2;
        continue;
      }
      if (marker == jpeg_ls) return unsupported("the JPEG is a JPEG-LS, which this build cannot convert");
      if (!is_known_segment(marker))
        return corrupt(fmt::format("the JPEG has a marker 0xFF{:02X} at byte {} that no decoder takes", marker, at));
      if (at + 4 > bytes_.size()) return cut_off();
      const std::size_t length = be16(bytes_, at + 2);
      if (length < 2) return corrupt(fmt::format("the JPEG segment at byte {} has the length {}", at, length));
      const std::size_t end = at + 2 + length;
      if (end > bytes_.size()) return cut_off();
      s_.segments.push_back({marker, at, end});
      const ByteView body = bytes_.subspan(at + 4, length - 2);
      at = end;
      if (marker == sos) {
        auto scanned = scan(body, end);
        if (!scanned) return tl::unexpected(scanned.error());
        at = *scanned;
      } else if (scans_ == 0 && is_malformed(marker, body)) {
        s_.segments.back().damaged = s_.info.damaged_metadata = true;
      } else if (auto read = segment(marker, body); !read) {
        return tl::unexpected(read.error());
      }
    }
    if (s_.components == 0) return corrupt("the JPEG has no frame header");
    s_.info.one_scan = scans_ == 1 && s_.components == 3 && !s_.progressive && !s_.arithmetic;
    s_.info.has_profile = s_.icc_bytes > 0;
    if (scans_ == 0 || scanned_ != (1u << s_.components) - 1)
      return corrupt("the JPEG ends without a scan for each of its components");
    // Decoders make up for scans that are missing by blurring.
    if (s_.progressive && std::any_of(components_, components_ + s_.components, [](const Component& c) {
          return std::any_of(c.missing_bits.begin(), c.missing_bits.end(), [](std::uint8_t bits) { return bits != 0; });
        }))
      s_.info.loss = "the progressive JPEG is cut off: it ends before its last scans";
    s_.info.orientation = orientation_.value();
    s_.info.end = s_.eoi + 2;
    return std::move(s_);
  }

 private:
  tl::unexpected<ImageFault> cut_off() const {
    return corrupt(fmt::format("the JPEG is cut off: no end marker in {} bytes", bytes_.size()));
  }

  ImageResult<void> segment(std::uint8_t marker, ByteView body) {
    if (is_frame(marker)) return frame(marker, body);
    if (marker == dqt) return quantisation_tables(body);
    if (marker == dht) return huffman_tables(body);
    if (marker == dri) {
      if (body.size() != 2) return corrupt("the JPEG's restart interval has the wrong length");
      restart_interval_ = be16(body, 0);
    }
    if (marker == app0) s_.has_jfif |= text_at(body, 0, "JFIF\0"sv) && body.size() >= jfif_bytes;
    // Of several the first counts, and none behind the picture.
    if (marker == app1 && !has_exif_ && scans_ == 0 && text_at(body, 0, "Exif\0"sv) && body.size() > 6) {
      has_exif_ = true;
      orientation_.read_exif(body);
    }
    if (marker == app1 && scans_ == 0 && is_xmp_segment(body)) orientation_.read_xmp(body);
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
      Component& component = components_[c];
      const unsigned factors = u8(body, 7 + 3 * c);
      component = {u8(body, 6 + 3 * c), u8(body, 8 + 3 * c), factors >> 4, factors & 15, all_missing()};
      if (component.table > 3) return corrupt("the JPEG names a quantisation table that cannot be");
      if (component.across < 1 || component.across > 4 || component.down < 1 || component.down > 4)
        return corrupt("the JPEG has an impossible sampling factor");
      across_ = std::max(across_, component.across);
      down_ = std::max(down_, component.down);
    }
    for (unsigned c = 0; c < s_.components; ++c)
      if (across_ % components_[c].across != 0 || down_ % components_[c].down != 0)
        return unsupported("the JPEG's chroma is sampled by a fraction, which no common decoder takes");
    s_.progressive = kind == 2 || kind == 10;
    s_.arithmetic = kind == 9 || kind == 10;
    s_.info.model = s_.components == 1 ? ColourModel::grey : s_.components == 4 ? ColourModel::cmyk : ColourModel::rgb;
    s_.frame = s_.segments.size() - 1;
    return {};
  }

  // T.81 B.2.4.2: for each table the number of codes of 1 to 16 bits, then their symbols.
  ImageResult<void> huffman_tables(ByteView body) {
    for (std::size_t at = 0; at < body.size();) {
      if (body.size() - at < 17) return corrupt("the JPEG has a damaged Huffman table");
      const unsigned kind = u8(body, at) >> 4, number = u8(body, at) & 15;
      std::size_t codes = 0;
      for (std::size_t i = 1; i <= 16; ++i) codes += u8(body, at + i);
      if (kind > 1 || number > 3 || codes > 256 || codes > body.size() - at - 17)
        return corrupt("the JPEG has a damaged Huffman table");
      huffman_tables_ |= 1u << (4 * kind + number);
      at += 17 + codes;
    }
    return {};
  }

  ImageResult<Scan> scan_header(ByteView body) {
    if (s_.components == 0) return corrupt("the JPEG has a scan before its frame header");
    const unsigned count = body.empty() ? 0 : u8(body, 0);
    if (count < 1 || count > 4 || body.size() != 4u + 2u * count)
      return corrupt("a JPEG scan header has the wrong length");
    const unsigned approximation = u8(body, 3 + 2 * count);
    Scan scan{{}, u8(body, 1 + 2 * count), u8(body, 2 + 2 * count), approximation >> 4, approximation & 15};
    if (s_.progressive) {
      const bool is_dc = scan.first == 0;
      if ((is_dc ? scan.last != 0 : scan.last < scan.first || scan.last > 63 || count != 1) || scan.low > 13 ||
          (scan.high != 0 && scan.high != scan.low + 1))
        return corrupt("a JPEG scan asks for what no progressive scan has");
    }
    for (unsigned i = 0; i < count; ++i) {
      // Ids that repeat stand for one component after the other.
      std::size_t c = 0;
      while (c < s_.components && (components_[c].id != u8(body, 1 + 2 * i) ||
                                   std::count(scan.components.begin(), scan.components.end(), c) > 0))
        ++c;
      if (c == s_.components) return corrupt("a JPEG scan names a component that the frame does not have");
      if ((tables_ >> components_[c].table & 1) == 0)
        return corrupt("a JPEG scan stands before its quantisation table");
      if (!has_huffman_tables(scan, u8(body, 2 + 2 * i)))
        return corrupt("a JPEG scan names a Huffman table that is not there");
      scan.components.push_back(c);
      scanned_ |= 1u << c;
      for (unsigned k = scan.first; s_.progressive && k <= scan.last; ++k) {
        std::uint8_t& missing = components_[c].missing_bits[k];
        // A refinement is worth nothing without what it refines.
        const bool follows = scan.high == 0 || scan.high == missing;
        missing = follows ? static_cast<std::uint8_t>(scan.low) : not_sent;
      }
    }
    return scan;
  }

  // Motion JPEG leaves the standard's own tables, numbers 0 and 1, out; decoders fill them in for sequential files.
  bool has_huffman_tables(const Scan& scan, unsigned selectors) const {
    if (s_.arithmetic) return true;
    const unsigned dc = selectors >> 4, ac = selectors & 15;
    const auto has = [&](unsigned kind, unsigned number) {
      return number < 4 && ((huffman_tables_ >> (4 * kind + number) & 1) != 0 || (!s_.progressive && number < 2));
    };
    if (!s_.progressive) return has(0, dc) && has(1, ac);
    return scan.first == 0 ? scan.high != 0 || has(0, dc) : has(1, ac);
  }

  // The whole of a scan; gives where it ends.
  ImageResult<std::size_t> scan(ByteView body, std::size_t begin) {
    auto header = scan_header(body);
    if (!header) return tl::unexpected(header.error());
    ++scans_;
    const auto blocks_of = [](std::uint64_t size, unsigned part, unsigned whole) {
      return ((size * part + whole - 1) / whole + 7) / 8;
    };
    const Component& only = components_[header->components[0]];
    std::uint64_t units, blocks_each = 1;  // minimum coded units, T.81 A.2
    if (header->components.size() == 1) {
      units = blocks_of(s_.info.width, only.across, across_) * blocks_of(s_.info.height, only.down, down_);
    } else {
      units = blocks_of(s_.info.width, 1, across_) * blocks_of(s_.info.height, 1, down_);
      blocks_each = 0;
      for (const std::size_t c : header->components) blocks_each += components_[c].across * components_[c].down;
      if (blocks_each > 10)
        return unsupported(fmt::format("the JPEG has {} blocks in a unit, over the standard's 10", blocks_each));
    }

    std::size_t at = begin, last_restart = begin;
    std::uint64_t restarts = 0;
    for (;;) {
      at = find_marker(bytes_, at);
      if (at == bytes_.size()) return cut_off();
      const std::uint8_t next = u8(bytes_, at + 1);
      if (next == 0xFF) {
        ++at;
      } else if (is_restart(next)) {
        if (next - 0xD0u != restarts % 8) s_.info.loss = "the JPEG's restart markers are out of order";
        ++restarts;
        at += 2;
        last_restart = at;
      } else {
        break;
      }
    }
    const std::uint64_t expected = restart_interval_ == 0 ? 0 : (units - 1) / restart_interval_;
    // One behind the last unit harms nobody.
    if (restarts != expected && (restarts != expected + 1 || last_restart != at))
      s_.info.loss = "the JPEG's scan is damaged: there are not as many restart markers as its size calls for";
    // A code has at least one bit; a sequential block has at least two codes, and one in the scans of DC coefficients.
    const bool has_dc = header->first == 0 && !s_.arithmetic;
    const std::uint64_t least_bits = has_dc ? units * blocks_each * (s_.progressive ? 1 : 2) : 0;
    if ((at - begin) * 8 < least_bits)
      s_.info.loss = "the JPEG's scan is cut off: it is too short for the picture's size";
    return at;
  }

  ByteView bytes_;
  JpegStructure s_;
  Component components_[4];
  unsigned across_ = 1, down_ = 1;  // the largest sampling factors
  unsigned tables_ = 0;             // quantisation tables defined so far
  unsigned huffman_tables_ = 0;     // likewise, DC in bits 0 to 3 and AC in bits 4 to 7
  unsigned restart_interval_ = 0;
  bool has_exif_ = false;
  MetadataOrientation orientation_;
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
