// Integers as files have them, little- or big-endian. All of their bytes must lie within the view.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace visionshard::codec {

inline std::uint8_t u8(ByteView b, std::size_t at) noexcept { return static_cast<std::uint8_t>(b[at]); }
inline std::uint16_t be16(ByteView b, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(u8(b, at) << 8 | u8(b, at + 1));
}
inline std::uint32_t be32(ByteView b, std::size_t at) noexcept {
  return std::uint32_t{be16(b, at)} << 16 | be16(b, at + 2);
}
inline std::uint16_t le16(ByteView b, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(u8(b, at + 1) << 8 | u8(b, at));
}
inline std::uint32_t le24(ByteView b, std::size_t at) noexcept {
  return std::uint32_t{u8(b, at + 2)} << 16 | le16(b, at);
}
inline std::uint32_t le32(ByteView b, std::size_t at) noexcept {
  return std::uint32_t{le16(b, at + 2)} << 16 | le16(b, at);
}
inline bool text_at(ByteView b, std::size_t at, std::string_view text) noexcept {
  return at <= b.size() && as_text(b.subspan(at)).starts_with(text);
}

}  // namespace visionshard::codec
