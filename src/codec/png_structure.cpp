#include "codec/png_structure.h"

#include <fmt/format.h>
#include <libdeflate.h>

#include "codec/byte_order.h"

namespace visionshard::codec {
namespace {

tl::unexpected<ImageFault> corrupt(std::string detail) {
  return image_fault(FaultCode::corrupt_image, std::move(detail));
}

std::string name_of(std::uint32_t type) {
  std::string name;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char c = static_cast<char>(type >> shift & 0xFF);
    name.push_back((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c : '?');
  }
  return name;
}

// Which depths go with which colour type: table 11.1 of the specification.
bool header_valid(unsigned depth, unsigned colour) noexcept {
  switch (colour) {
    case 0: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6: return depth == 8 || depth == 16;
    default: return false;
  }
}

ImageResult<void> read_header(ByteView data, PngStructure& s) {
  if (data.size() != 13) return corrupt("the PNG's IHDR has the wrong length");
  ImageInfo& info = s.info;
  info.width = be32(data, 0);
  info.height = be32(data, 4);
  info.bit_depth = u8(data, 8);
  const unsigned colour = u8(data, 9);
  if (info.width == 0 || info.height == 0 || info.width > 0x7FFFFFFF || info.height > 0x7FFFFFFF)
    return corrupt(fmt::format("the PNG's size is {} x {}", info.width, info.height));
  if (!header_valid(info.bit_depth, colour) || u8(data, 10) != 0 || u8(data, 11) != 0 || u8(data, 12) > 1)
    return corrupt(fmt::format("the PNG's IHDR says colour type {} with {} bits", colour, info.bit_depth));
  constexpr ColourModel models[] = {ColourModel::grey,    ColourModel::rgb,        ColourModel::rgb,
                                    ColourModel::palette, ColourModel::grey_alpha, ColourModel::rgb,
                                    ColourModel::rgba};
  info.model = models[colour];
  s.interlaced = u8(data, 12) == 1;
  return {};
}

}  // namespace

ImageResult<PngStructure> read_png_structure(ByteView bytes) {
  PngStructure s;
  s.info.format = Format::png;
  std::size_t palette_entries = 0;
  bool has_palette = false, has_data = false, data_over = false;
  for (std::size_t at = png_signature_bytes;;) {
    if (bytes.size() - at < 12) return corrupt(fmt::format("the PNG is cut off after {} bytes", bytes.size()));
    const std::size_t length = be32(bytes, at);
    const std::uint32_t type = be32(bytes, at + 4);
    if (length > bytes.size() - at - 12)
      return corrupt(fmt::format("the PNG is cut off in its {} chunk at byte {}", name_of(type), at));
    const bool ancillary = type >> 24 & 0x20;
    const bool damaged =
        libdeflate_crc32(0, bytes.data() + at + 4, length + 4) != be32(bytes, at + 8 + length);
    // Transparency is part of the picture, whatever its name says.
    if (damaged && (!ancillary || type == png_type("tRNS")))
      return corrupt(fmt::format("the PNG's {} chunk at byte {} has a wrong checksum", name_of(type), at));
    const ByteView data = bytes.subspan(at + 8, length);
    const bool first = s.chunks.empty();
    s.chunks.push_back({type, at, length, damaged});
    s.info.damaged_metadata |= damaged;
    if (first != (type == png_type("IHDR"))) return corrupt("the PNG's IHDR is not its first and only one");
    if (first) {
      if (auto header = read_header(data, s); !header) return tl::unexpected(header.error());
    } else if (type == png_type("PLTE")) {
      if (has_data || has_palette || length == 0 || length % 3 != 0 || length > 768)
        return corrupt("the PNG's palette is out of place or of a wrong length");
      has_palette = true;
      palette_entries = length / 3;
    } else if (type == png_type("IDAT")) {
      if (data_over) return corrupt("the PNG's IDAT chunks are not consecutive");
      if (s.info.model == ColourModel::palette && !has_palette) return corrupt("the palette PNG has no palette");
      has_data = true;
    } else if (type == png_type("tRNS") && !has_data) {
      // libpng leaves such a chunk out, and the picture would be opaque.
      if (s.info.model == ColourModel::palette && length > palette_entries)
        return corrupt(fmt::format("the PNG has {} transparent colours and {} colours", length, palette_entries));
      s.info.transparency = true;
    } else if (type == png_type("acTL") && !damaged && !has_data) {
      s.info.animated = true;
    } else if (type == png_type("eXIf") && !damaged) {
      s.info.orientation = exif_orientation(data);
    } else if (type == png_type("IEND")) {
      if (!has_data) return corrupt("the PNG has no image data");
      s.info.end = at + 12 + length;
      return s;
    } else if (!ancillary) {
      return corrupt(fmt::format("the PNG has an unknown critical chunk {}", name_of(type)));
    }
    data_over = has_data && type != png_type("IDAT");
    at += 12 + length;
  }
}

}  // namespace visionshard::codec
