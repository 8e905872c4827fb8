#include "codec/jpeg/black.h"

#include "codec/byte_order.h"
#include "codec/jpeg/block.h"
#include "codec/jpeg/markers.h"
#include "codec/jpeg/scan_state.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t black = 3;

// Whether a block with this DC coefficient and no other is 255 throughout, the most that is stored: no ink. Beyond the
// bound a decoder's arithmetic might not hold.
bool is_no_ink(int dc, unsigned step) noexcept {
  const int eightfold = dc * static_cast<int>(step);
  return eightfold >= 8 * 127 - 4 && eightfold < 8 * 256;
}

std::ptrdiff_t bits_between(const BitCursor& from, const BitCursor& to) noexcept {
  return (to.at - from.at) * 8 - static_cast<std::ptrdiff_t>(to.count) + static_cast<std::ptrdiff_t>(from.count);
}

void copy_bits(ScanWriter::Pending& put, BitCursor from, std::ptrdiff_t bits) noexcept {
  while (bits > 0) {
    from.refill();
    const auto some = static_cast<unsigned>(std::min<std::ptrdiff_t>(bits, 56));
    put.put(from.buffer >> (64 - some), some);
    from.drop(some);
    bits -= some;
  }
}

// All before the entropy-coded data, as RGB. Two ways to say so, since decoders differ in which they look at, and no
// JFIF segment, which would say YCbCr.
Bytes rgb_head(const JpegScan::State& s) {
  constexpr unsigned ids[] = {'R', 'G', 'B'};
  Bytes out;
  append_octets(out, {0xFF, soi});
  append_octets(out, {0xFF, app14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0});
  for (std::size_t i = 0; i < s.structure->segments.size(); ++i) {
    const JpegSegment& segment = s.structure->segments[i];
    const ByteView body = segment_body(s.bytes, segment);
    if (i == s.structure->frame) {
      append_octets(out, {0xFF, segment.marker, 0, 17});
      out.append(body.first(5));
      append_octets(out, {3});
      for (std::size_t c = 0; c < black; ++c) append_octets(out, {ids[c], 0x11, s.components[c].quant_table});
    } else if (segment.marker == sos) {
      append_octets(out, {0xFF, sos, 0, 12, 3});
      for (std::size_t c = 0; c < black; ++c)
        append_octets(out, {ids[c], s.components[c].dc_table << 4 | s.components[c].ac_table});
      append_octets(out, {0, 63, 0});
      break;
    } else if (!(segment.marker == app0 && text_at(body, 0, "JF"sv)) &&
               !(segment.marker == app14 && text_at(body, 0, "Adobe"sv))) {
      out.append(segment_extent(s.bytes, *s.structure, i));
    }
  }
  return out;
}

}  // namespace

std::optional<Bytes> cmyk_without_black(ByteView bytes, const JpegStructure& structure) {
  const bool is_ycck = structure.adobe_transform.value_or(0) != 0;
  if (structure.components != 4 || structure.scans != 1 || structure.progressive || structure.info.arithmetic ||
      structure.info.end_marker_missing || structure.info.has_profile || is_ycck)
    return std::nullopt;
  JpegScan::State s;
  s.bytes = bytes;
  s.structure = &structure;
  if (!s.read_segments()) return std::nullopt;
  for (const auto& component : s.components)
    if (component.blocks() != 1) return std::nullopt;
  const unsigned black_step = (*s.quant_tables[s.components[black].quant_table])[0];

  ScanWriter out;
  out.out() = rgb_head(s);
  out.out().reserve(out.out().size() + s.data.size() + 65536);
  std::array<int, 4> dc{};
  std::int16_t block[HuffmanDecoder::block_room];
  unsigned restarts = 0;
  const bool whole = s.each_mcu([&](ScanReader& in, std::uint64_t row, std::uint64_t column, bool restarted) {
    if (restarted && (row > 0 || column > 0)) {
      out.finish();
      append_octets(out.out(), {0xFF, rst0 + restarts++ % 8});
      dc = {};
    }
    for (std::size_t c = 0; c <= black; ++c) {
      const BitCursor begin = in.begin_block();
      BitCursor end = begin;
      clear(block);
      if (!next_dc(end, s.dc_decoder(c), dc[c]) || !s.ac_decoder(c).next_ac(end, block) || !in.end_block(end))
        return false;
      if (c == black) return nonzero(block) == 0 && is_no_ink(dc[c], black_step);
      ScanWriter::Pending put = out.begin_block();
      copy_bits(put, begin, bits_between(begin, end));
      out.end_block(put);
    }
    return true;
  });
  if (!whole) return std::nullopt;
  out.finish();
  append_octets(out.out(), {0xFF, eoi});
  return std::move(out.out());
}

}  // namespace visionshard::codec
