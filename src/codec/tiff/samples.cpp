#include "codec/tiff/samples.h"

#include <algorithm>
#include <cstring>

namespace visionshard::codec {
namespace {

template <unsigned Bits>
std::uint32_t sample_at(const std::uint8_t* row, std::size_t index, unsigned) noexcept {
  if constexpr (Bits == 8) return row[index];
  if constexpr (Bits == 16) {
    std::uint16_t v;
    std::memcpy(&v, row + 2 * index, 2);
    return v;
  }
  std::uint32_t v;
  std::memcpy(&v, row + 4 * index, 4);
  return v;
}

// Any number of bits, packed from the high bit of each byte on.
template <>
std::uint32_t sample_at<0>(const std::uint8_t* row, std::size_t index, unsigned bits) noexcept {
  std::uint32_t v = 0;
  for (std::size_t at = index * bits, end = at + bits; at < end; ++at) v = v << 1 | (row[at / 8] >> (7 - at % 8) & 1u);
  return v;
}

std::uint8_t scaled(std::uint64_t v, std::uint64_t most) noexcept {
  return static_cast<std::uint8_t>((v * 255 + most / 2) / most);
}

template <unsigned Bits>
void widen(const TiffLayout& l, const std::vector<const std::uint8_t*>& planes, std::uint32_t count,
           std::uint8_t* out) {
  const std::uint64_t most = (std::uint64_t{1} << l.bits) - 1;
  const std::uint32_t channels = l.channels();
  const unsigned colors = l.colors();
  for (std::uint32_t x = 0; x < count; ++x, out += channels) {
    const auto raw = [&](std::size_t s) -> std::uint64_t {
      return l.separate_planes ? sample_at<Bits>(planes[s], x, l.bits)
                               : sample_at<Bits>(planes[0], std::size_t{x} * l.samples + s, l.bits);
    };
    const std::uint64_t alpha = l.alpha >= 0 ? raw(static_cast<std::size_t>(l.alpha)) : most;
    const auto sample = [&](std::size_t s) {
      std::uint64_t v = raw(s);
      if (l.premultiplied && alpha > 0) v = std::min(most, (v * most + alpha / 2) / alpha);
      return scaled(v, most);
    };
    switch (l.kind) {
      case TiffKind::gray: out[0] = out[1] = out[2] = sample(0); break;
      case TiffKind::inverted_gray: out[0] = out[1] = out[2] = static_cast<std::uint8_t>(255 - sample(0)); break;
      case TiffKind::palette:
        for (std::size_t k = 0; k < 3; ++k)
          out[k] = static_cast<std::uint8_t>(l.color_map[k][raw(0)] >> l.color_map_shift);
        break;
      default:
        for (std::size_t k = 0; k < colors; ++k) out[k] = sample(k);
    }
    if (l.signed_ab) out[1] ^= 0x80, out[2] ^= 0x80;
    if (l.alpha >= 0) out[3] = scaled(alpha, most);
  }
}

}  // namespace

void widen_tiff_row(const TiffLayout& layout, const std::vector<const std::uint8_t*>& planes, std::uint32_t count,
                    std::uint8_t* out) {
  switch (layout.bits) {
    case 8: return widen<8>(layout, planes, count, out);
    case 16: return widen<16>(layout, planes, count, out);
    case 32: return widen<32>(layout, planes, count, out);
    default: return widen<0>(layout, planes, count, out);
  }
}

}  // namespace visionshard::codec
