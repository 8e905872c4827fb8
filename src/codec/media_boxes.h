// Boxes as HEIF, JPEG 2000 and JPEG XL files are made of (ISO/IEC 14496-12, section 4.2; 15444-1, annex I.4).
#pragma once

#include <algorithm>
#include <optional>

#include "codec/byte_order.h"

namespace visionshard::codec {

struct MediaBox {
  std::string_view type;  // four letters
  std::size_t at = 0;     // of its header
  ByteView body;
  std::size_t end = 0;
};

/// The box that begins at `at`. Nothing where none follows; one that is cut off ends with the bytes.
inline std::optional<MediaBox> media_box_at(ByteView bytes, std::size_t at) noexcept {
  if (at > bytes.size() || bytes.size() - at < 8) return std::nullopt;
  std::uint64_t size = be32(bytes, at);
  std::size_t header = 8;
  if (size == 1) {
    if (bytes.size() - at < 16) return std::nullopt;
    size = std::uint64_t{be32(bytes, at + 8)} << 32 | be32(bytes, at + 12);
    header = 16;
  }
  if (size == 0) size = bytes.size() - at;
  if (size < header) return std::nullopt;
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(size, bytes.size() - at));
  if (length < header) return std::nullopt;
  return MediaBox{as_text(bytes.subspan(at + 4, 4)), at, bytes.subspan(at + header, length - header), at + length};
}

/// Calls `visit` with each box of `bytes` in turn.
template <class Visit>
void each_media_box(ByteView bytes, Visit visit) {
  std::size_t at = 0;
  while (const auto box = media_box_at(bytes, at)) {
    visit(*box);
    at = box->end;
  }
}

}  // namespace visionshard::codec
