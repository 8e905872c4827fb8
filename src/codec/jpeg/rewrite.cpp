// T.81 lets the components of a frame come in separate scans, and a scan of one component has one block per MCU,
// for any sampling factors. So a gray picture's entropy-coded data is also that of the luminance of a color
// picture, and chroma can follow in separate scans: blocks whose every coefficient is 0 cost two bits each (one per
// band of blocks in progressive files, where a run of empty blocks is one code).
#include "codec/jpeg/rewrite.h"

#include "codec/byte_order.h"
#include "codec/jpeg/markers.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

class Writer {
 public:
  Bytes take() { return std::move(out_); }
  void bytes(ByteView b) { out_.append(b); }
  template <class... B>
  void octets(B... b) {
    const std::uint8_t all[] = {static_cast<std::uint8_t>(b)...};
    out_.append(std::as_bytes(std::span(all)));
  }
  void reserve(std::size_t n) { out_.reserve(n); }

 private:
  Bytes out_;
};

// Most significant bit first; a 0xFF byte is followed by a stuffed 0 (T.81 F.1.2.3).
class BitWriter {
 public:
  explicit BitWriter(Writer& out) : out_(out) {}
  void put(unsigned value, unsigned count) {
    for (unsigned i = count; i-- > 0;) {
      byte_ = static_cast<std::uint8_t>(unsigned{byte_} << 1 | (value >> i & 1));
      if (++bits_ == 8) flush_byte();
    }
  }
  void pad_with_ones() {
    while (bits_ != 0) put(1, 1);
  }

 private:
  void flush_byte() {
    out_.octets(byte_);
    if (byte_ == 0xFF) out_.octets(0);
    byte_ = 0;
    bits_ = 0;
  }
  Writer& out_;
  std::uint8_t byte_ = 0;
  unsigned bits_ = 0;
};

bool is_icc(ByteView bytes, const JpegSegment& s) {
  return s.marker == app2 && text_at(bytes, s.offset + 4, "ICC_PROFILE\0"sv);
}

// A table with one code of one bit for `symbol`; the all-ones code must stay unused (T.81 C).
void one_code_table(Writer& out, std::uint8_t class_and_id, std::uint8_t symbol) {
  out.octets(0xFF, dht, 0, 2 + 1 + 16 + 1, class_and_id, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, symbol);
}

void scan_header(Writer& out, std::uint8_t id, std::uint8_t first, std::uint8_t last) {
  out.octets(0xFF, sos, 0, 8, 1, id, 0x00, first, last, 0);
}

// Zero bits, whole bytes first: `count` codes of the single one-bit code 0.
void zero_codes(Writer& out, std::uint64_t count) {
  const Bytes zeros = [&] {
    Bytes b(count / 8);
    if (!b.empty()) std::memset(b.data(), 0, b.size());
    return b;
  }();
  out.bytes(zeros);
  BitWriter bits(out);
  bits.put(0, static_cast<unsigned>(count % 8));
  bits.pad_with_ones();
}

void empty_chroma_baseline(Writer& out, std::uint8_t id, std::uint64_t blocks) {
  scan_header(out, id, 0, 63);
  zero_codes(out, 2 * blocks);  // DC difference 0, end of block
}

// Bands of empty blocks as runs: EOBn covers 2^n blocks and n more bits of them, n up to 14 (T.81 G.1.2.2).
void empty_chroma_progressive(Writer& out, std::uint8_t id, std::uint64_t blocks) {
  scan_header(out, id, 0, 0);
  zero_codes(out, blocks);
}

void empty_ac_band(Writer& out, std::uint8_t id, std::uint64_t blocks) {
  scan_header(out, id, 1, 63);
  BitWriter bits(out);
  while (blocks > 0) {
    unsigned n = 14;
    while ((std::uint64_t{1} << n) > blocks) --n;
    const auto run = static_cast<unsigned>(std::min<std::uint64_t>(blocks, (2u << n) - 1));
    bits.put(n, 4);
    bits.put(run - (1u << n), n);
    blocks -= run;
  }
  bits.pad_with_ones();
}

// Fifteen codes of four bits, EOB0 to EOB14; the sixteenth, all ones, stays unused.
void run_table(Writer& out) {
  out.octets(0xFF, dht, 0, 2 + 1 + 16 + 15, 0x10, 0, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  for (unsigned n = 0; n < 15; ++n) out.octets(n << 4);
}

// Calls take(extent) for each sound segment that is to be kept.
template <class Keep, class Take>
void each_segment(ByteView bytes, const JpegStructure& s, Keep keep, Take take) {
  for (std::size_t i = 0; i < s.segments.size(); ++i)
    if (!s.segments[i].damaged && keep(s.segments[i])) take(segment_extent(bytes, s, i));
}

template <class Keep>
Bytes with_segments(ByteView bytes, const JpegStructure& s, Keep keep) {
  Writer out;
  out.reserve(s.eoi + 2);
  out.octets(0xFF, soi);
  each_segment(bytes, s, keep, [&](ByteView extent) { out.bytes(extent); });
  out.octets(0xFF, eoi);
  return out.take();
}

}  // namespace

Bytes gray_to_color(ByteView bytes, const JpegStructure& s, bool& dropped_profile) {
  Writer out;
  const std::uint64_t columns = ((s.info.width + 1) / 2 + 7) / 8, rows = ((s.info.height + 1) / 2 + 7) / 8;
  out.reserve(s.eoi + columns * rows / 2 + 1024);
  out.octets(0xFF, soi);
  // Without a JFIF or Adobe marker, decoders guess RGB or YCbCr from the component ids; JFIF says YCbCr.
  if (!s.has_jfif) out.octets(0xFF, app0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);
  dropped_profile = false;
  std::uint8_t id = 0;
  for (std::size_t i = 0; i < s.segments.size(); ++i) {
    const JpegSegment& segment = s.segments[i];
    const ByteView body = segment_body(bytes, segment);
    if (i == s.frame) {
      out.bytes(bytes.subspan(segment.offset, 2));
      id = u8(body, 6);
      const std::uint8_t table = u8(body, 8);
      out.octets(0, 17);
      out.bytes(body.subspan(0, 5));
      // Chroma at half size both ways, the commonest sampling, has a quarter of the blocks.
      out.octets(3, id, 0x22, table, id + 1, 0x11, table, id + 2, 0x11, table);
    } else if (is_icc(bytes, segment)) {
      dropped_profile = true;
    } else if (segment.marker == app0 && text_at(body, 0, "JFIF\0"sv) && body.size() < jfif_bytes) {
      continue;  // cut short; a whole one is written above
    } else if (segment.marker != app14 || !text_at(body, 0, "Adobe")) {
      out.bytes(segment_extent(bytes, s, i));
    }
  }
  const std::uint64_t blocks = columns * rows;
  out.octets(0xFF, dri, 0, 4, 0, 0);
  one_code_table(out, 0x00, 0);
  if (s.progressive) {
    run_table(out);
    for (const unsigned next : {1u, 2u}) {
      empty_chroma_progressive(out, static_cast<std::uint8_t>(id + next), blocks);
      empty_ac_band(out, static_cast<std::uint8_t>(id + next), blocks);
    }
  } else {
    one_code_table(out, 0x10, 0);
    for (const unsigned next : {1u, 2u}) empty_chroma_baseline(out, static_cast<std::uint8_t>(id + next), blocks);
  }
  out.octets(0xFF, eoi);
  return out.take();
}

Bytes still_jpeg(ByteView bytes, const JpegStructure& s) {
  return with_segments(bytes, s, [&](const JpegSegment& segment) {
    return segment.marker != app2 || !text_at(segment_body(bytes, segment), 0, "MPF\0"sv);
  });
}

std::optional<Bytes> without_metadata(ByteView bytes, const JpegStructure& s, std::uint64_t max_bytes) {
  const auto is_needed = [&](const JpegSegment& segment) {
    if (segment.marker == com) return false;
    if (segment.marker < app0 || segment.marker > app15) return true;
    const ByteView body = segment_body(bytes, segment);
    return is_icc(bytes, segment) || (segment.marker == app0 && text_at(body, 0, "JFIF\0"sv)) ||
           (segment.marker == app14 && text_at(body, 0, "Adobe"));
  };
  std::uint64_t size = 4;
  each_segment(bytes, s, is_needed, [&](ByteView extent) { size += extent.size(); });
  if (size > max_bytes) return std::nullopt;
  return with_segments(bytes, s, is_needed);
}

}  // namespace visionshard::codec
