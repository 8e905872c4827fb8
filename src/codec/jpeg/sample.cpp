// A sample of a scan's blocks, from which sizes are predicted and codes are made.
#include <algorithm>
#include <cmath>

#include "codec/jpeg/block.h"
#include "codec/jpeg/scan_state.h"

namespace visionshard::codec {
namespace {

constexpr std::size_t min_skipped_bytes = 256 << 10;

// A place in a scan's data, freed of stuffing as far as it is looked at.
class Place {
 public:
  // `bytes` from `at` on and what a block takes; fewer where the data ends.
  Place(ByteView data, std::size_t at, std::size_t bytes) {
    // A zero after 0xFF is no data.
    if (at > 0 && data[at - 1] == std::byte{0xFF}) ++at;
    const std::size_t whole = bytes + max_block_bytes;
    unstuffed_.reserve(whole + 16);
    std::size_t from = at;
    while (from < data.size() && unstuffed_.size() < whole) {
      const std::size_t most = std::min(data.size() - from, whole - unstuffed_.size());
      const auto* const begin = reinterpret_cast<const std::uint8_t*>(data.data()) + from;
      const auto* const marked = static_cast<const std::uint8_t*>(std::memchr(begin, 0xFF, most));
      const std::size_t run = marked != nullptr ? static_cast<std::size_t>(marked - begin) + 1 : most;
      unstuffed_.insert(unstuffed_.end(), begin, begin + run);
      from += run + (marked != nullptr ? 1 : 0);
    }
    stuffed_share_ = static_cast<double>(from - at) / static_cast<double>(unstuffed_.size());
    end_ = unstuffed_.size();
    unstuffed_.resize(end_ + 16);
  }

  BitCursor at_bit(std::size_t bit) const noexcept {
    BitCursor cursor{unstuffed_.data() + bit / 8, 0, 0};
    cursor.refill();
    cursor.drop(bit % 8);
    return cursor;
  }
  std::size_t bit_of(const BitCursor& cursor) const noexcept {
    return static_cast<std::size_t>(cursor.at - unstuffed_.data()) * 8 - cursor.count;
  }
  bool has_block_at(const BitCursor& cursor) const noexcept { return bit_of(cursor) / 8 + max_block_bytes <= end_; }
  // Bytes of the file for each of data.
  double stuffed_share() const noexcept { return stuffed_share_; }

 private:
  std::vector<std::uint8_t> unstuffed_;
  std::size_t end_ = 0;
  double stuffed_share_ = 1;
};

// Reads blocks from the middle of a scan, where neither the bit at which a block begins is known nor which block of its
// MCU that is. Huffman codes bring a reading that is wrong in either to the right one before long, or to bits that are
// no block, after which it begins again: readings that take the first bit for each block of an MCU become one.
class MiddleReader {
 public:
  explicit MiddleReader(const JpegScan::State& state) : s_(state) {
    for (std::size_t c = 0; c < s_.components.size(); ++c) turns_.insert(turns_.end(), s_.components[c].blocks(), c);
  }

  std::size_t max_mcu_bytes() const noexcept { return turns_.size() * max_block_bytes; }

  // Where an MCU begins; nothing where readings stay apart for `max_bytes`.
  std::optional<BitCursor> first_mcu(const Place& place, std::size_t max_bytes) const {
    struct Reading {
      BitCursor cursor;
      std::size_t turn;
    };
    std::vector<Reading> readings;
    for (std::size_t turn = 0; turn < turns_.size(); ++turn) readings.push_back({place.at_bit(0), turn});
    std::int16_t block[HuffmanDecoder::block_room];
    for (std::size_t sound_blocks = 0;; ++sound_blocks) {
      const auto last = std::min_element(readings.begin(), readings.end(), [&](const Reading& a, const Reading& b) {
        return place.bit_of(a.cursor) < place.bit_of(b.cursor);
      });
      if (readings.size() == 1 && sound_blocks >= settling_mcus * turns_.size() && last->turn == 0) return last->cursor;
      const std::size_t bit = place.bit_of(last->cursor);
      if (bit > 8 * max_bytes || !place.has_block_at(last->cursor)) return std::nullopt;
      if (read_block(place, last->cursor, turns_[last->turn], block)) {
        last->turn = (last->turn + 1) % turns_.size();
      } else {
        *last = {place.at_bit(bit + 1), last->turn};
        sound_blocks = 0;
      }
      const bool is_double = std::any_of(readings.begin(), readings.end(), [&](const Reading& other) {
        return &other != &*last && other.turn == last->turn && place.bit_of(other.cursor) == place.bit_of(last->cursor);
      });
      if (is_double) {
        readings.erase(last);
        sound_blocks = 0;
      }
    }
  }

  // The blocks of an MCU to `on_block(component, block)`, whose DC coefficient is the difference.
  template <class OnBlock>
  bool read_mcu(const Place& place, BitCursor& cursor, OnBlock on_block) const {
    std::int16_t block[HuffmanDecoder::block_room];
    for (const std::size_t c : turns_) {
      if (!read_block(place, cursor, c, block)) return false;
      on_block(c, block);
    }
    return true;
  }

 private:
  // Readings can become one before that is right.
  static constexpr std::size_t settling_mcus = 12;

  // The DC coefficient is the difference.
  bool read_block(const Place& place, BitCursor& cursor, std::size_t c, std::int16_t* block) const noexcept {
    if (!place.has_block_at(cursor)) return false;
    clear(block);
    entropy::Symbol s;
    if (!s_.dc_decoder(c).next(cursor, s) || s.symbol > 11 || !s_.ac_decoder(c).next_ac(cursor, block)) return false;
    block[0] = s.value;
    return true;
  }

  const JpegScan::State& s_;
  std::vector<std::size_t> turns_;  // the component of each block of an MCU
};

}  // namespace

std::size_t JpegScan::State::wanted_mcus() const noexcept {
  std::size_t mcu_blocks = 0;
  for (const Component& c : components) mcu_blocks += c.blocks();
  return components.size() * sampled_blocks / mcu_blocks;
}

bool JpegScan::State::take_sample() {
  for (const Component& c : components) {
    SampledPlane& plane = planes.emplace_back();
    const bool chroma = luma_chroma && planes.size() > 1;
    plane.source = *quant_tables[c.quant_table];
    // Components that share a table must be given the same one.
    plane.kind = chroma && c.quant_table != components[0].quant_table ? Plane::chrominance : Plane::luminance;
    plane.huffman_table = chroma ? 1 : 0;
  }
  if (sample_places()) return true;
  for (SampledPlane& plane : planes) plane.blocks.clear();
  return sample_all();
}

// Pieces as long as each other from all over the data, without decoding what lies between: a part of the data stands
// for the whole of it. Of JPEGs of 13 to 24 MB it takes 3 to 7 ms, where to decode all takes 56 to 104.
bool JpegScan::State::sample_places() {
  constexpr std::size_t min_bytes = 2 << 20, places = 128, max_unreadable = places / 32, max_start_bytes = 8192;
  constexpr int max_dc_sum = 1 << 13;
  // How far the number of MCUs in the sample may differ from the picture's.
  constexpr double max_deviation = 0.2;
  if (data.size() < min_bytes || restart_interval > 0) return false;
  const auto all_mcus = static_cast<double>(mcus_across * mcus_down);
  const auto piece_bytes = static_cast<std::size_t>(static_cast<double>(data.size()) / all_mcus *
                                                    static_cast<double>(wanted_mcus()) / places);
  const MiddleReader reader(*this);
  const std::size_t place_bytes = max_start_bytes + piece_bytes + reader.max_mcu_bytes(),
                    stretch_bytes = data.size() / places;
  if (place_bytes > stretch_bytes / 4 * 3) return false;
  std::array<int, 3> dc{};  // differences go on from piece to piece: only they count
  std::size_t mcus = 0, unreadable = 0;
  double sampled_bytes = 0, where = 0;  // in a stretch, by steps of the golden ratio: rows of blocks are regular
  for (std::size_t i = 0; i < places; ++i) {
    where += 0.618034;
    where -= where >= 1 ? 1 : 0;
    const auto offset = static_cast<std::size_t>(where * static_cast<double>(stretch_bytes - place_bytes));
    const Place place(data, i * stretch_bytes + offset, place_bytes);
    auto cursor = reader.first_mcu(place, max_start_bytes);
    const std::size_t begin = cursor ? place.bit_of(*cursor) : 0, mcus_before = mcus;
    for (; cursor && place.bit_of(*cursor) - begin < 8 * piece_bytes; ++mcus) {
      const bool whole = reader.read_mcu(place, *cursor, [&](std::size_t c, std::int16_t* block) {
        dc[c] += block[0];
        if (dc[c] < -max_dc_sum || dc[c] > max_dc_sum) dc[c] = 0;
        block[0] = static_cast<std::int16_t>(dc[c]);
        planes[c].blocks.insert(planes[c].blocks.end(), block, block + 64);
      });
      if (!whole) cursor.reset();
    }
    if (!cursor) {
      if (++unreadable > max_unreadable) return false;
      mcus = mcus_before;
      for (std::size_t c = 0; c < planes.size(); ++c) planes[c].blocks.resize(64 * mcus * components[c].blocks());
      continue;
    }
    sampled_bytes += static_cast<double>(place.bit_of(*cursor) - begin) / 8 * place.stuffed_share();
  }
  const double weight = static_cast<double>(data.size()) / std::max(sampled_bytes, 1.0);
  const std::size_t run = mcus / places;
  if (run < min_sampled_run || std::abs(weight * static_cast<double>(mcus) / all_mcus - 1) > max_deviation)
    return false;
  for (std::size_t c = 0; c < planes.size(); ++c) {
    planes[c].row_blocks = run * components[c].blocks();
    planes[c].blocks.resize(64 * places * planes[c].row_blocks);
    planes[c].weight = weight * static_cast<double>(mcus) / static_cast<double>(run * places);
  }
  return true;
}

bool JpegScan::State::sample_all() {
  const std::size_t rows = std::min<std::size_t>(mcus_down, max_sampled_rows);
  const std::size_t run = std::min<std::size_t>(mcus_across, std::max(min_sampled_run, wanted_mcus() / rows));
  for (std::size_t c = 0; c < planes.size(); ++c) {
    planes[c].row_blocks = run * components[c].blocks();
    planes[c].weight = static_cast<double>(mcus_across * mcus_down) / static_cast<double>(run * rows);
    planes[c].blocks.reserve(64 * run * rows * components[c].blocks());
  }
  std::size_t next_row = 0;  // of the sample
  std::uint64_t sampled_row = 0, first = 0;
  double place = 0;  // of the run in its row, by steps of the golden ratio: no two rows' runs lie above each other
  const auto choose = [&] {
    sampled_row = next_row < rows ? (2 * next_row + 1) * mcus_down / (2 * rows) : mcus_down;
    first = static_cast<std::uint64_t>(place * static_cast<double>(mcus_across - run));
    ++next_row;
    place += 0.618034;
    place -= place >= 1 ? 1 : 0;
  };
  choose();
  std::array<int, 3> dc{};
  std::int16_t block[HuffmanDecoder::block_room];
  // To make one takes as long as a megapixel.
  std::array<std::unique_ptr<BlockSkipper>, 4> skippers;
  if (data.size() >= min_skipped_bytes)
    for (std::size_t c = 0; c < components.size(); ++c)
      if (auto& skipper = skippers[components[c].ac_table]; !skipper)
        skipper = std::make_unique<BlockSkipper>(ac_decoder(c));
  return each_mcu([&](ScanReader& in, std::uint64_t row, std::uint64_t column, bool restarted) {
    if (restarted) dc = {};
    const bool sampled = row == sampled_row && column >= first && column < first + run;
    for (std::size_t c = 0; c < components.size(); ++c)
      for (unsigned b = 0; b < components[c].blocks(); ++b) {
        BitCursor bits = in.begin_block();
        if (!next_dc(bits, dc_decoder(c), dc[c])) return false;
        if (const BlockSkipper* const skipper = skippers[components[c].ac_table].get();
            skipper != nullptr && !sampled) {
          if (!skipper->skip(bits) || !in.end_block(bits)) return false;
          continue;
        }
        clear(block);
        if (!ac_decoder(c).next_ac(bits, block) || !in.end_block(bits)) return false;
        block[0] = static_cast<std::int16_t>(dc[c]);
        if (sampled) planes[c].blocks.insert(planes[c].blocks.end(), block, block + 64);
      }
    if (sampled && column + 1 == first + run) choose();
    return true;
  });
}

}  // namespace visionshard::codec
