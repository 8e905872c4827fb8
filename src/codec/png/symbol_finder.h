// Repetitions among symbols.
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>
#include <vector>

#include "codec/png/deflate_block.h"

namespace visionshard::codec {

// Where groups of symbols stood last. Each position enters the tables whether it begins a token or not, so that what
// stood before a position does not depend on the tokens: the candidates of a row are looked up in one pass without a
// branch. A token then compares its candidates side by side: on photographs, a branch for each cost more than the
// comparison.
template <unsigned StoredBytes>
class SymbolFinder {
 public:
  explicit SymbolFinder(const SymbolRows& rows)
      : symbols_(rows.symbols.data()),
        size_(rows.symbols.size() / StoredBytes),
        width_(rows.width),
        symbol_bytes_(rows.symbol_bytes),
        width_inverse_((std::uint64_t{1} << 48) / rows.width + 1),
        of_four_(1 << hash_bits),
        of_two_(1 << 16),
        of_one_(1 << 8 * StoredBytes),
        candidates_(rows.width) {}

  // Writes the tokens of a row, `width` at most; rows must come in their order. Returns the end of the tokens.
  [[gnu::noinline]] Token* tokens_of_row(std::size_t begin, Token* to) {
    look_up(begin);
    const std::size_t end = begin + width_;
    for (std::size_t at = begin; at < end;) {
      const Match match = at + word_symbols < end ? find(at, begin) : find_by_steps(at, begin);
      if (match.symbols == 0 || (match.symbols == 1 && match.distance_bytes > far_bytes)) {
        *to++ = symbol(at++);
      } else {
        *to++ = match_token(match.symbols * symbol_bytes_, match.distance_bytes);
        at += match.symbols;
      }
    }
    return to;
  }

 private:
  static constexpr unsigned hash_bits = 14;
  static constexpr std::uint32_t max_inverted_width = 1 << 23;
  static constexpr std::size_t symbols_loaded = 8 / StoredBytes, word_symbols = symbols_loaded - 1;
  // A lone pixel far away costs more bits than its literals.
  static constexpr std::size_t far_bytes = 4096;
  // Added to positions, so that 0, which is nowhere, is out of reach from everywhere.
  static constexpr std::size_t nowhere = deflate_window_bytes;

  // For four, two and one symbols. A vector, so that one store writes it.
  typedef std::uint32_t Candidates __attribute__((vector_size(16)));
  struct Match {
    std::size_t symbols = 0, distance_bytes = 0;
  };
  struct Likeness {
    std::size_t symbols, before;  // up to word_symbols that are equal from `before` on
  };
  struct Place {
    std::size_t rows_back, to_row_end;
  };

  void look_up(std::size_t begin) {
    std::uint32_t *const of_four = of_four_.data(), *const of_two = of_two_.data(), *const of_one = of_one_.data();
    Candidates* to = candidates_.data();
    const std::size_t row_end = begin + width_, end = std::min(row_end, std::max<std::size_t>(size_, 3) - 3);
    std::size_t at = begin;
    for (; at < end; ++at) {
      const auto [four, two, one] = indexes(at);
      std::uint32_t &last_four = of_four[four], &last_two = of_two[two], &last_one = of_one[one];
      *to++ = Candidates{last_four, last_two, last_one, 0};
      last_four = last_two = last_one = static_cast<std::uint32_t>(at + nowhere);
    }
    for (; at < row_end; ++at) {
      std::uint32_t& last_one = of_one[symbol(at)];
      *to++ = Candidates{0, at + 2 <= size_ ? of_two[pair_index(load<2 * StoredBytes>(at))] : 0, last_one, 0};
      last_one = static_cast<std::uint32_t>(at + nowhere);
    }
  }

  struct Indexes {
    std::uint32_t four, two, one;
  };
  Indexes indexes(std::size_t at) const {
    if constexpr (StoredBytes == 1) {
      const std::uint32_t symbols = load<4>(at);
      return {symbols * 2654435761u >> (32 - hash_bits), pair_index(symbols & 0xFFFF), symbols & 0xFF};
    } else {
      const std::uint64_t symbols = load<8>(at);
      const auto four = static_cast<std::uint32_t>(symbols * 0x9E3779B97F4A7C15 >> (64 - hash_bits));
      return {four, pair_index(static_cast<std::uint32_t>(symbols)), static_cast<std::uint32_t>(symbols & 0xFFFF)};
    }
  }
  static std::uint32_t pair_index(std::uint32_t two) { return StoredBytes == 1 ? two : two * 2654435761u >> 16; }

  std::uint32_t symbol(std::size_t at) const { return load<StoredBytes>(at); }

  template <unsigned Count>
  auto load(std::size_t at) const {
    std::conditional_t<
        Count == 8, std::uint64_t,
        std::conditional_t<Count == 4, std::uint32_t, std::conditional_t<Count == 2, std::uint16_t, std::uint8_t>>>
        value;
    std::memcpy(&value, symbols_ + at * StoredBytes, Count);
    return value;
  }

  // The longest repetition among the candidates, all in one row, where the row has more than word_symbols left. What
  // depends on a candidate's rows is checked for the one taken only; if that check fails, for one after the other.
  Match find(std::size_t at, std::size_t begin) const {
    const Candidates last = candidates_[at - begin];
    const std::uint64_t word = load<8>(at);
    const Likeness four = compare(last[0], word, at), two = compare(last[1], word, at);
    Likeness best{std::max(two.symbols, four.symbols),
                  four.before ^ ((four.before ^ two.before) & mask_of(two.symbols > four.symbols))};
    if (best.symbols == 0) best = compare(last[2], word, at);
    if (best.symbols == 0) return {};
    const Place place = place_of(best.before, begin);
    const std::size_t distance = (at - best.before) * symbol_bytes_ + place.rows_back;
    if (distance > deflate_window_bytes || best.symbols > place.to_row_end) return find_by_steps(at, begin);
    if (best.symbols < word_symbols) return {best.symbols, distance};
    return {extended(best.before, at, std::min(max_symbols(at, begin), place.to_row_end)), distance};
  }

  // Compilers make branches of conditions, which photographs make unpredictable.
  static std::size_t mask_of(bool condition) { return std::size_t{0} - condition; }

  Likeness compare(std::size_t place, std::uint64_t word, std::size_t at) const {
    const std::size_t before = std::max(place, nowhere) - nowhere;
    const std::uint64_t differing = (word ^ load<8>(before)) | std::uint64_t{1} << 63;
    const std::size_t equal = static_cast<std::size_t>(__builtin_ctzll(differing)) / (8 * StoredBytes);
    return {equal & mask_of(place + deflate_window_bytes / 3 >= at + nowhere), before};
  }

  std::size_t extended(std::size_t before, std::size_t at, std::size_t most) const {
    std::size_t n = word_symbols;
    for (; n + symbols_loaded <= most; n += symbols_loaded)
      if (const std::uint64_t differing = load<8>(at + n) ^ load<8>(before + n); differing != 0)
        return n + static_cast<std::size_t>(std::countr_zero(differing)) / (8 * StoredBytes);
    while (n < most && symbol(at + n) == symbol(before + n)) ++n;
    return n;
  }

  std::size_t max_symbols(std::size_t at, std::size_t begin) const {
    return std::min(deflate_max_match_bytes / symbol_bytes_, begin + width_ - at);
  }

  Match find_by_steps(std::size_t at, std::size_t begin) const {
    const Candidates last = candidates_[at - begin];
    const std::size_t most = max_symbols(at, begin);
    Match best;
    const auto consider = [&](std::uint32_t place_stored) {
      if (place_stored < nowhere) return;
      const std::size_t before = place_stored - nowhere;
      const Place place = place_of(before, begin);
      const std::size_t distance = (at - before) * symbol_bytes_ + place.rows_back;
      if (distance > deflate_window_bytes) return;
      std::size_t n = 0;
      while (n < std::min(most, place.to_row_end) && symbol(at + n) == symbol(before + n)) ++n;
      if (n > best.symbols) best = {n, distance};
    };
    if (most >= 4) consider(last[0]);
    if (best.symbols < 4 && most >= 2) consider(last[1]);
    if (best.symbols < 2) consider(last[2]);
    return best;
  }

  // `before` seen from the row that begins at `begin`. Without a division where the product with the width is under
  // 2^48 and the quotient so exact; what is further back than the window may come out wrong, and is no match anyway.
  Place place_of(std::size_t before, std::size_t begin) const {
    const std::size_t symbols = begin + width_ - 1 - before;
    const std::size_t rows = width_ < max_inverted_width ? symbols * width_inverse_ >> 48 : symbols / width_;
    return {rows, symbols - rows * width_ + 1};
  }

  const std::uint8_t* const symbols_;
  const std::size_t size_, width_, symbol_bytes_;
  const std::uint64_t width_inverse_;
  std::vector<std::uint32_t> of_four_, of_two_, of_one_;
  std::vector<Candidates> candidates_;  // of the row
};

}  // namespace visionshard::codec
