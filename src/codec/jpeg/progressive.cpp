// In one pass: a row of MCUs is decoded, and each scan's part of it is appended to the stream of that scan; the streams
// are joined at the end. libjpeg goes over stored coefficients twice for each of ten scans, five times as long.
// Codes are made from a sample of the image, so every symbol must have one.
#include "codec/jpeg/block.h"
#include "codec/jpeg/markers.h"
#include "codec/jpeg/scan_state.h"

namespace visionshard::codec {
namespace {

// A component's AC coefficients of one row of MCUs, row by row of its blocks.
struct BlockRows {
  std::size_t stride = 0;   // blocks, with those that only fill up an MCU
  std::size_t columns = 0;  // blocks that a scan of the component alone has (T.81 A.2.2)
  std::uint64_t rows = 0;   // of them, in the whole picture
  std::vector<std::int16_t> values;

  std::int16_t* block(std::size_t row, std::size_t column) noexcept {
    return values.data() + 64 * (row * stride + column);
  }
};

struct BandWriter {
  ScanWriter out;
  HuffmanCodes codes{};
  unsigned run = 0;         // blocks with nothing more
  unsigned magnitudes = 0;  // all bits of all of them

  void put_run(ScanWriter::Pending& put, unsigned blocks) const noexcept {
    const unsigned more_bits = run_bits(blocks);
    put.put(codes, more_bits << 4, 0);
    if (more_bits > 0) put.put(blocks & ((1u << more_bits) - 1), more_bits);
  }
  void add(const std::int16_t* block, std::uint64_t nonzero_mask, const Band& band) {
    ScanWriter::Pending put = out.begin_block();
    each_band_symbol(
        block, nonzero_mask, band, run,
        [&](unsigned symbol, int value) {
          magnitudes |= static_cast<unsigned>(value < 0 ? -value : value);
          put.put(codes, symbol, value);
        },
        [&](unsigned blocks) { put_run(put, blocks); });
    out.end_block(put);
  }
  void finish() {
    if (run > 0) {
      ScanWriter::Pending put = out.begin_block();
      put_run(put, run);
      out.end_block(put);
    }
    out.finish();
  }
};

}  // namespace

std::optional<JpegScan::Written> JpegScan::written_progressively(bool keep_profile, std::uint64_t limit_bytes) const {
  const State& s = *state_;
  std::vector<QuantTable> steps;
  for (const SampledPlane& plane : s.planes) steps.push_back(plane.source);
  const ProgressiveCounts expected = counted_progressive_symbols(s.planes);

  ScanWriter out;  // the scan of DC coefficients, and at the end the whole
  out.out() = s.head(steps, keep_profile, sof2);
  std::array<HuffmanCodes, 2> dc_codes;
  for (unsigned t = 0; t < (s.luma_chroma ? 2u : 1u); ++t)
    append_huffman_table(out.out(), t, table_for(CodeKind::dc, expected.dc[t], dc_codes[t]));
  append_octets(out.out(), {0xFF, sos, 0, static_cast<unsigned>(6 + 2 * s.components.size()),
                            static_cast<unsigned>(s.components.size())});
  for (std::size_t c = 0; c < s.components.size(); ++c)
    append_octets(out.out(), {s.components[c].id, s.planes[c].huffman_table << 4});
  append_octets(out.out(), {0, 0, 0});

  std::array<BandWriter, std::size(progressive_bands)> bands;
  std::array<std::vector<std::size_t>, 3> bands_of;  // a component
  for (std::size_t b = 0; b < bands.size(); ++b) {
    bands_of[progressive_bands[b].component].push_back(b);
    Bytes& head = bands[b].out.out();
    const Band& band = progressive_bands[b];
    append_huffman_table(head, 0x10, table_for(CodeKind::progressive_ac, expected.ac[b], bands[b].codes));
    append_octets(head, {0xFF, sos, 0, 8, 1, s.components[band.component].id, 0, band.first, band.last, 0});
  }

  std::vector<BlockRows> rows(s.components.size());
  unsigned max_across = 1, max_down = 1;
  for (const State::Component& c : s.components) {
    max_across = std::max(max_across, c.across);
    max_down = std::max(max_down, c.down);
  }
  for (std::size_t c = 0; c < rows.size(); ++c) {
    const auto blocks = [](std::uint64_t pixels, unsigned factor, unsigned most) {
      return (pixels * factor + 8 * most - 1) / (8 * most);
    };
    rows[c].stride = s.mcus_across * s.components[c].across;
    rows[c].columns = blocks(s.structure->info.width, s.components[c].across, max_across);
    rows[c].rows = blocks(s.structure->info.height, s.components[c].down, max_down);
    rows[c].values.resize(64 * rows[c].stride * s.components[c].down + HuffmanDecoder::block_room);
  }

  const auto size = [&] {
    std::size_t all = out.size();
    for (const BandWriter& band : bands) all += band.out.size();
    return all;
  };
  const auto write_row = [&](std::uint64_t mcu_row) {
    for (std::size_t c = 0; c < rows.size(); ++c)
      for (std::size_t y = 0; y < s.components[c].down; ++y) {
        if (mcu_row * s.components[c].down + y >= rows[c].rows) break;
        for (std::size_t x = 0; x < rows[c].columns; ++x) {
          const std::int16_t* const block = rows[c].block(y, x);
          const std::uint64_t mask = nonzero(block);
          for (const std::size_t b : bands_of[c]) bands[b].add(block, mask, progressive_bands[b]);
        }
      }
  };
  std::array<int, 3> dc{}, dc_written{};
  std::uint64_t last_row = 0;
  bool over = false;
  const bool whole = s.each_mcu([&](ScanReader& in, std::uint64_t row, std::uint64_t column, bool restarted) {
    if (restarted) dc = {};
    for (std::size_t c = 0; c < s.components.size(); ++c)
      for (unsigned y = 0; y < s.components[c].down; ++y)
        for (unsigned x = 0; x < s.components[c].across; ++x) {
          BitCursor bits = in.begin_block();
          std::int16_t* const block = rows[c].block(y, column * s.components[c].across + x);
          clear(block);
          if (!next_dc(bits, s.dc_decoder(c), dc[c])) return false;
          if (!s.ac_decoder(c).next_ac(bits, block) || !in.end_block(bits)) return false;
          const int difference = dc[c] - dc_written[c];
          if (difference > max_dc || difference < -max_dc) return false;
          dc_written[c] = dc[c];
          ScanWriter::Pending put = out.begin_block();
          put.put(dc_codes[s.planes[c].huffman_table], category(difference), difference);
          out.end_block(put);
        }
    if (column + 1 < s.mcus_across) return true;
    write_row(row);
    last_row = row;
    over = size() > limit_bytes;
    // A value over max_ac has no code.
    return !over && std::all_of(bands.begin(), bands.end(), [](const BandWriter& b) { return b.magnitudes <= max_ac; });
  });
  if (!whole && !over) return std::nullopt;
  out.finish();
  for (BandWriter& band : bands) {
    if (!over) band.finish();
    out.out().append(band.out.out());
    band.out = ScanWriter();
  }
  append_octets(out.out(), {0xFF, eoi});
  return s.written(std::move(out.out()), over, limit_bytes, last_row);
}

}  // namespace visionshard::codec
