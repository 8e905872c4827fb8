#include "codec/jpeg_2000_header.h"

#include "codec/media_boxes.h"

namespace visionshard::codec {

Jpeg2000Wrapping read_jpeg_2000_wrapping(ByteView bytes) {
  Jpeg2000Wrapping wrapping;
  if (is_jpeg_2000_codestream(bytes)) {
    wrapping.codestream = bytes;
    return wrapping;
  }
  each_media_box(bytes, [&](const MediaBox& box) {
    if (box.type == "jp2c" && wrapping.codestream.empty()) wrapping.codestream = box.body;
    if (box.type != "jp2h") return;
    each_media_box(box.body, [&](const MediaBox& inner) {
      // Sections I.5.3.4 and I.5.3.5: two bytes of entries and one of columns; four bytes for each channel.
      wrapping.palette |= inner.type == "pclr";
      const std::size_t named = inner.type == "pclr" && inner.body.size() > 2 ? u8(inner.body, 2)
                                : inner.type == "cmap"                        ? inner.body.size() / 4
                                                                              : 0;
      wrapping.palette_channels = std::max(wrapping.palette_channels, named);
      if (inner.type != "colr" || inner.body.size() < 7) return;
      constexpr std::uint32_t enumerated_cmyk = 12;
      wrapping.cmyk |= u8(inner.body, 0) == 1 ? be32(inner.body, 3) == enumerated_cmyk
                                              : text_at(inner.body, 3 + 16, "CMYK");  // an ICC profile's space
    });
  });
  return wrapping;
}

Jpeg2000Parts read_jpeg_2000_parts(ByteView b, std::uint32_t channels, std::size_t tiles) {
  Jpeg2000Parts parts;
  parts.tiles.resize(tiles);
  Jpeg2000BlockSizes& sizes = parts.sizes;
  constexpr unsigned cod = 0xFF52, coc = 0xFF53, sot = 0xFF90, sod = 0xFF93, eoc = 0xFFD9;
  std::size_t tile_end = 0;
  for (std::size_t at = 2; at + 4 <= b.size();) {
    const unsigned marker = be16(b, at);
    if (marker == eoc) break;
    if (marker == sod) {
      if (tile_end <= at) break;
      at = tile_end;
      continue;
    }
    const std::size_t length = be16(b, at + 2);
    if (length < 2 || b.size() - at - 2 < length) break;
    const ByteView body = b.subspan(at + 4, length - 2);
    if (marker == sot && body.size() >= 6) {
      tile_end = be32(body, 2) > 0 ? at + be32(body, 2) : b.size();
      if (be16(body, 0) < tiles) parts.tiles[be16(body, 0)] = true;
    }
    if (marker == cod && body.size() > 5) sizes.take(body.subspan(5), (u8(body, 0) & 1) != 0);
    const std::size_t index_bytes = channels < 257 ? 1 : 2;
    if (marker == coc && body.size() > index_bytes + 1)
      sizes.take(body.subspan(index_bytes + 1), (u8(body, index_bytes) & 1) != 0);
    at += 2 + length;
  }
  return parts;
}

}  // namespace visionshard::codec
