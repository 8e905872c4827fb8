#include "codec/jpeg/scan.h"

#include <algorithm>
#include <span>

#include "codec/byte_order.h"
#include "codec/jpeg/block.h"
#include "codec/jpeg/markers.h"
#include "codec/jpeg/scan_state.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

}  // namespace

void append_octets(Bytes& out, std::initializer_list<unsigned> octets) {
  for (const unsigned octet : octets) {
    const auto byte = static_cast<std::byte>(octet);
    out.append({&byte, 1});
  }
}

void append_huffman_table(Bytes& out, unsigned class_and_id, const JpegHuffmanTable& table) {
  unsigned symbols = 0;
  for (const std::uint8_t n : table.codes_of_length) symbols += n;
  append_octets(out, {0xFF, dht, (19 + symbols) >> 8, (19 + symbols) & 255, class_and_id});
  out.append(std::as_bytes(std::span(table.codes_of_length)));
  out.append(std::as_bytes(std::span(table.symbols)).first(symbols));
}

bool JpegScan::State::read_frame(ByteView body) {
  const unsigned count = u8(body, 5);
  if (u8(body, 0) != 8 || (count != 3 && count != 4)) return false;
  unsigned across = 1, down = 1;
  for (unsigned c = 0; c < count; ++c) {
    const unsigned factors = u8(body, 7 + 3 * c);
    across = std::max(across, factors >> 4);
    down = std::max(down, factors & 15);
    components.push_back({u8(body, 6 + 3 * c), factors >> 4, factors & 15u, u8(body, 8 + 3 * c), 0, 0});
  }
  mcus_across = (structure->info.width + 8 * across - 1) / (8 * across);
  mcus_down = (structure->info.height + 8 * down - 1) / (8 * down);
  frame = body;
  return true;
}

bool JpegScan::State::read_scan(ByteView body) {
  if (body.size() != 4 + 2 * components.size() || u8(body, 0) != components.size()) return false;
  for (std::size_t c = 0; c < components.size(); ++c) {
    if (u8(body, 1 + 2 * c) != components[c].id) return false;
    components[c].dc_table = u8(body, 2 + 2 * c) >> 4;
    components[c].ac_table = u8(body, 2 + 2 * c) & 15;
    if (components[c].dc_table > 3 || components[c].ac_table > 3 || components[c].quant_table > 3) return false;
  }
  return true;
}

// Tables as they stand when the only scan begins.
bool JpegScan::State::read_segments() {
  bool scanned = false;
  for (std::size_t i = 0; i < structure->segments.size(); ++i) {
    const JpegSegment& segment = structure->segments[i];
    const ByteView body = segment_body(bytes, segment);
    if (scanned && (segment.marker == sos || segment.marker == dht || segment.marker == dqt)) return false;
    if (i == structure->frame) {
      if ((segment.marker != sof0 && segment.marker != sof1) || !read_frame(body)) return false;
    } else if (segment.marker == dri) {
      restart_interval = be16(body, 0);
    } else if (segment.marker == dqt) {
      for (std::size_t at = 0; at + 65 <= body.size(); at += 65) {
        const unsigned id = u8(body, at);
        if (id > 3) return false;  // 16-bit steps among them
        QuantTable& table = quant_tables[id].emplace();
        for (std::size_t k = 0; k < 64; ++k) table[zigzag[k]] = u8(body, at + 1 + k);
        // T.81 B.2.4.1: a step is above 0. What is written divides by it.
        if (std::ranges::find(table, 0) != table.end()) return false;
      }
    } else if (segment.marker == dht) {
      for (std::size_t at = 0; at + 17 <= body.size();) {
        const unsigned class_and_id = u8(body, at);
        if ((class_and_id & 0xEF) > 3) return false;
        JpegHuffmanTable& table = ((class_and_id >> 4) == 0 ? dc_tables : ac_tables)[class_and_id & 3].emplace();
        std::size_t symbols = 0;
        for (std::size_t n = 0; n < 16; ++n) symbols += table.codes_of_length[n] = u8(body, at + 1 + n);
        at += 17;
        if (symbols > 256 || at + symbols > body.size()) return false;
        std::memcpy(table.symbols.data(), body.data() + at, symbols);
        // Coefficients of 8-bit samples have at most 10 bits (T.81 F.1.2.2.1); the scans that are written have no more.
        const auto used = std::span(table.symbols).first(symbols);
        if ((class_and_id >> 4) != 0 && std::ranges::any_of(used, [](unsigned symbol) { return (symbol & 15) > 10; }))
          return false;
        at += symbols;
      }
    } else if (segment.marker == sos) {
      if (components.empty() || !read_scan(body)) return false;
      scanned = true;
      data = bytes.subspan(segment.end, structure->eoi - segment.end);
    }
  }
  if (!scanned) return false;
  for (const Component& c : components) {
    if (!quant_tables[c.quant_table] || !dc_tables[c.dc_table] || !ac_tables[c.ac_table]) return false;
    if (!dc_decoders[c.dc_table]) dc_decoders[c.dc_table] = std::make_unique<HuffmanDecoder>(*dc_tables[c.dc_table]);
    if (!ac_decoders[c.ac_table]) ac_decoders[c.ac_table] = std::make_unique<HuffmanDecoder>(*ac_tables[c.ac_table]);
  }
  return true;
}

// As libjpeg's default_decompress_parms has it.
bool JpegScan::State::is_luma_chroma() const {
  if (structure->has_jfif) return true;
  if (structure->adobe_transform) return *structure->adobe_transform != 0;
  return !(components[0].id == 'R' && components[1].id == 'G' && components[2].id == 'B');
}

JpegScan::Written JpegScan::State::written(Bytes file, bool over, std::uint64_t limit_bytes,
                                           std::uint64_t last_row) const {
  if (!over && file.size() <= limit_bytes) return {std::move(file), 0};
  return {{}, static_cast<double>(file.size()) * static_cast<double>(mcus_down) / static_cast<double>(last_row + 1)};
}

Bytes JpegScan::State::head(const std::vector<QuantTable>& steps, bool keep_profile, unsigned frame_marker) const {
  Bytes out;
  append_octets(out, {0xFF, soi});
  for (std::size_t i = 0; i < structure->segments.size(); ++i) {
    const JpegSegment& segment = structure->segments[i];
    const ByteView body = segment_body(bytes, segment);
    if (segment.damaged) continue;
    if (segment.marker == app0 && text_at(body, 0, "JFIF\0"sv) && body.size() >= jfif_bytes) {
      append_octets(out, {0xFF, app0, 0, 16});
      out.append(body.first(jfif_bytes - 2));
      append_octets(out, {0, 0});  // no thumbnail
    }
    if ((segment.marker == app14 && text_at(body, 0, "Adobe")) ||
        (keep_profile && segment.marker == app2 && text_at(body, 0, "ICC_PROFILE\0"sv)))
      out.append(segment_extent(bytes, *structure, i));
  }
  for (unsigned id = 0; id < 4; ++id) {
    const auto user =
        std::find_if(components.begin(), components.end(), [&](const Component& c) { return c.quant_table == id; });
    if (user == components.end()) continue;
    append_octets(out, {0xFF, dqt, 0, 67, id});
    const QuantTable& table = steps[static_cast<std::size_t>(user - components.begin())];
    for (const std::uint8_t k : zigzag) append_octets(out, {table[k]});
  }
  append_octets(out, {0xFF, frame_marker, 0, static_cast<unsigned>(frame.size() + 2)});
  out.append(frame);
  return out;
}

JpegScan::JpegScan(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
JpegScan::JpegScan(JpegScan&&) noexcept = default;
JpegScan& JpegScan::operator=(JpegScan&&) noexcept = default;
JpegScan::~JpegScan() = default;

const std::vector<SampledPlane>& JpegScan::sample() const noexcept { return state_->planes; }

std::optional<JpegScan> JpegScan::read(ByteView bytes, const JpegStructure& structure) {
  auto state = std::make_unique<State>();
  state->bytes = bytes;
  state->structure = &structure;
  if (structure.components != 3 || structure.progressive || structure.info.arithmetic || !state->read_segments())
    return std::nullopt;
  state->luma_chroma = state->is_luma_chroma();
  if (!state->take_sample()) return std::nullopt;
  return JpegScan(std::move(state));
}

std::optional<JpegScan::Written> JpegScan::written(const std::vector<QuantTable>& steps, bool keep_profile,
                                                   std::uint64_t limit_bytes) const {
  const State& s = *state_;
  const SymbolCounts expected = counted_symbols(s.planes, steps);
  std::array<HuffmanCodes, 2> dc_codes, ac_codes;
  ScanWriter out;
  out.out() = s.head(steps, keep_profile, sof0);
  for (unsigned t = 0; t < (s.luma_chroma ? 2u : 1u); ++t) {
    append_huffman_table(out.out(), t, table_for(CodeKind::dc, expected.dc[t], dc_codes[t]));
    append_huffman_table(out.out(), 0x10 | t, table_for(CodeKind::ac, expected.ac[t], ac_codes[t]));
  }
  append_octets(out.out(), {0xFF, sos, 0, static_cast<unsigned>(6 + 2 * s.components.size()),
                            static_cast<unsigned>(s.components.size())});
  std::vector<Requantizer> requantize;
  for (std::size_t c = 0; c < s.components.size(); ++c) {
    append_octets(out.out(), {s.components[c].id, s.planes[c].huffman_table * 0x11});
    requantize.emplace_back(in_rising_order(s.planes[c].source), in_rising_order(steps[c]));
  }
  append_octets(out.out(), {0, 63, 0});
  out.out().reserve(std::min<std::uint64_t>(limit_bytes, s.bytes.size()) + 65536);

  std::array<int, 3> dc{}, dc_written{};
  bool over = false;
  std::uint64_t last_row = 0;
  std::int16_t read[HuffmanDecoder::block_room], block[64];
  const bool whole = s.each_mcu([&](ScanReader& in, std::uint64_t row, std::uint64_t, bool restarted) {
    if (restarted) dc = {};
    for (std::size_t c = 0; c < s.components.size(); ++c)
      for (unsigned b = 0; b < s.components[c].blocks(); ++b) {
        BitCursor bits = in.begin_block();
        clear(read);
        if (!next_dc(bits, s.dc_decoder(c), dc[c])) return false;
        if (!s.ac_decoder(c).next_ac(bits, read) || !in.end_block(bits)) return false;
        read[0] = static_cast<std::int16_t>(dc[c]);
        requantize[c].apply(read, block);
        const int difference = block[0] - dc_written[c];
        if (difference > max_dc || difference < -max_dc) return false;
        dc_written[c] = block[0];
        ScanWriter::Pending put = out.begin_block();
        put.put(dc_codes[s.planes[c].huffman_table], category(difference), difference);
        const HuffmanCodes& codes = ac_codes[s.planes[c].huffman_table];
        unsigned last = 0, magnitudes = 0;
        for (std::uint64_t rest = nonzero(block) & ~std::uint64_t{1}; rest != 0; rest &= rest - 1) {
          const auto k = static_cast<unsigned>(std::countr_zero(rest));
          unsigned run_of_zeros = k - last - 1;
          for (; run_of_zeros > 15; run_of_zeros -= 16) put.put(codes, sixteen_zeros, 0);
          const int value = block[k];
          magnitudes |= static_cast<unsigned>(value < 0 ? -value : value);
          put.put(codes, (run_of_zeros << 4 | category(value)) & 255, value);
          last = k;
        }
        if (last < 63) put.put(codes, end_of_block, 0);
        out.end_block(put);
        if (magnitudes > max_ac) return false;
      }
    last_row = row;
    over = out.size() > limit_bytes;
    return !over;
  });
  if (!whole && !over) return std::nullopt;
  out.finish();
  append_octets(out.out(), {0xFF, eoi});
  return s.written(std::move(out.out()), over, limit_bytes, last_row);
}

}  // namespace visionshard::codec
