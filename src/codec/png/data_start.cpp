#include "codec/png/data_start.h"

#include "codec/png/filter.h"
#include "codec/prefix_code.h"

namespace visionshard::codec {
namespace {

constexpr const char* bad_codes = "the PNG's data starts with impossible codes";

const char* fault_of_filter(unsigned symbol) {
  constexpr unsigned end_of_block = 256;
  if (symbol == end_of_block) return nullptr;   // an empty block, as flushes leave them
  if (symbol > end_of_block) return bad_codes;  // a copy of what is before the first byte
  return symbol < png_filter_count ? nullptr : "the PNG's first row has a filter that does not exist";
}

// RFC 1951 section 3.2.7. Zlib takes incomplete codes only where there is one code, of one bit, and not here.
const char* fault_of_dynamic_block(LowBitReader& bits) {
  constexpr std::array<std::uint8_t, LengthCode::symbols> order = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                                   11, 4,  12, 3, 13, 2, 14, 1, 15};
  const unsigned literals = 257 + bits.number(5), distances = 1 + bits.number(5), given = 4 + bits.number(4);
  if (literals > 286 || distances > 30) return bad_codes;
  const LengthCode code(bits, order, given);
  if (code.shape().open_codes() != 0) return bad_codes;
  std::array<std::uint8_t, 286 + 30> lengths{};
  for (unsigned symbol = 0; symbol < literals + distances;) {
    const unsigned previous = symbol > 0 ? lengths[symbol - 1] : 16;
    auto run = code.next(bits, previous);
    if (run.length == 16 || symbol + run.times > literals + distances) return bad_codes;
    for (; run.times > 0; --run.times) lengths[symbol++] = static_cast<std::uint8_t>(run.length);
  }
  CodeShape shape, distance_shape;
  for (unsigned symbol = 0; symbol < literals; ++symbol) shape.add(lengths[symbol]);
  for (unsigned symbol = 0; symbol < distances; ++symbol) distance_shape.add(lengths[literals + symbol]);
  const auto is_refused = [](const CodeShape& s) {
    const int open = s.open_codes();
    return open < 0 || (open > 0 && s.symbols > s.count[1]);
  };
  if (is_refused(shape) || is_refused(distance_shape) || lengths[256] == 0) return bad_codes;
  if (shape.open_codes() != 0) return nullptr;  // one code, and it is the end
  unsigned rank = shape.rank(bits);
  for (unsigned length = 1; length < shape.count.size(); ++length)
    for (unsigned symbol = 0; symbol < literals; ++symbol)
      if (lengths[symbol] == length && rank-- == 0) return fault_of_filter(symbol);
  return bad_codes;
}

}  // namespace

const char* png_data_start_fault(ByteView start) noexcept {
  // RFC 1950 section 2.2: the method with a window of up to 32 KiB, a sum that is a multiple of 31, no preset
  // dictionary.
  if (start.size() < 2 || (u8(start, 0) & 0x8F) != 8 || be16(start, 0) % 31 != 0 || (u8(start, 1) & 0x20) != 0)
    return "the PNG's data is no zlib stream";
  LowBitReader bits(start.subspan(2));
  bits.number(1);
  const char* fault = nullptr;
  switch (bits.number(2)) {
    case 0: {
      bits.skip_to_byte();
      const unsigned length = bits.number(16);
      if ((length ^ bits.number(16)) != 0xFFFF) return bad_codes;
      fault = length == 0 ? nullptr : fault_of_filter(bits.number(8));
      break;
    }
    case 1: {
      // Section 3.2.6: the literals up to 143 have codes of eight bits from 48 on.
      unsigned code = 0;
      for (int i = 0; i < 8; ++i) code = code << 1 | bits.number(1);
      fault = fault_of_filter(code < 48 ? 256 + code / 2 : code - 48);
      break;
    }
    case 2: fault = fault_of_dynamic_block(bits); break;
    default: return bad_codes;
  }
  if (bits.is_past_end() && start.size() < max_png_data_start_bytes) return "the PNG's data is cut off";
  return fault;
}

}  // namespace visionshard::codec
