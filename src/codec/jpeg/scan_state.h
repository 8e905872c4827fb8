// The state of a file, of three components or four, that scan.cpp reads and progressive.cpp and black.cpp write.
#pragma once

#include <array>
#include <optional>

#include "codec/jpeg/entropy.h"
#include "codec/jpeg/scan.h"

namespace visionshard::codec {

// 8-bit samples have differences of 11 bits and coefficients of 10 (T.81 F.1.2).
inline constexpr int max_dc = (1 << 11) - 1, max_ac = (1 << 10) - 1;

struct JpegScan::State {
  struct Component {
    std::uint8_t id = 0;
    unsigned across = 1, down = 1;  // blocks in an MCU
    unsigned quant_table = 0;
    unsigned dc_table = 0, ac_table = 0;

    unsigned blocks() const noexcept { return across * down; }
  };

  ByteView bytes;
  const JpegStructure* structure = nullptr;
  ByteView data;  // entropy-coded
  ByteView frame;
  std::vector<Component> components;
  std::array<std::optional<QuantTable>, 4> quant_tables;
  std::array<std::optional<JpegHuffmanTable>, 4> dc_tables, ac_tables;
  std::array<std::unique_ptr<HuffmanDecoder>, 4> dc_decoders, ac_decoders;  // of the tables in use
  unsigned restart_interval = 0;
  std::uint64_t mcus_across = 0, mcus_down = 0;
  bool luma_chroma = true;
  std::vector<SampledPlane> planes;

  const HuffmanDecoder& dc_decoder(std::size_t c) const noexcept { return *dc_decoders[components[c].dc_table]; }
  const HuffmanDecoder& ac_decoder(std::size_t c) const noexcept { return *ac_decoders[components[c].ac_table]; }

  bool read_segments();
  bool read_frame(ByteView body);
  bool read_scan(ByteView body);
  bool is_luma_chroma() const;
  bool take_sample();
  bool sample_places();  // false if the data does not show where blocks begin
  bool sample_all();
  std::size_t wanted_mcus() const noexcept;
  template <class OnMcu>
  bool each_mcu(OnMcu on_mcu) const;
  /// A file that was written as far as `last_row`: to its end, or as far as the limit, by which the whole is estimated.
  Written written(Bytes file, bool over, std::uint64_t limit_bytes, std::uint64_t last_row) const;
  /// All before the Huffman tables. `frame_marker` is a SOF marker's second byte.
  Bytes head(const std::vector<QuantTable>& steps, bool keep_profile, unsigned frame_marker) const;
};

// `on_mcu(reader, row, column, restarted)` must use up an MCU's bits; false ends the walk. False also where the data is
// not whole.
template <class OnMcu>
bool JpegScan::State::each_mcu(OnMcu on_mcu) const {
  ScanReader in(data);
  unsigned until_restart = restart_interval;
  unsigned restart = 0;
  for (std::uint64_t row = 0; row < mcus_down; ++row)
    for (std::uint64_t column = 0; column < mcus_across; ++column) {
      if (restart_interval > 0) {
        if (until_restart == 0) {
          if (!in.end_interval(restart)) return false;
          restart = (restart + 1) & 7;
          until_restart = restart_interval;
        }
        --until_restart;
      }
      const bool restarted = restart_interval > 0 && until_restart + 1 == restart_interval;
      if (!on_mcu(in, row, column, restarted)) return false;
    }
  return true;  // what stands after the last block is no part of the picture
}

/// The DC coefficient after `dc`, which it replaces. False where the bits are none.
inline bool next_dc(BitCursor& in, const HuffmanDecoder& decoder, int& dc) noexcept {
  entropy::Symbol s;
  if (!decoder.next(in, s) || s.symbol > 11) return false;
  dc += s.value;
  return dc >= -max_dc && dc <= max_dc;
}

void append_octets(Bytes& out, std::initializer_list<unsigned> octets);

/// A whole DHT segment. `class_and_id`: 0x10 for AC, and the table's number.
void append_huffman_table(Bytes& out, unsigned class_and_id, const JpegHuffmanTable& table);

}  // namespace visionshard::codec
