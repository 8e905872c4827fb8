#include "codec/heif/boxes.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "codec/heif/items.h"
#include "codec/heif/streams.h"

namespace visionshard::codec {
namespace {

// How much is left of a side of `length` pixels by a clean aperture, to whole pixels within the picture (14496-12,
// section 12.1.4). The numbers are those of `clap`: size and offset of the centers, each a fraction.
std::uint32_t cropped(std::uint32_t length, std::uint32_t size, std::uint32_t size_over, std::uint32_t offset,
                      std::uint32_t offset_over, bool rounds_down) {
  if (size_over == 0 || offset_over == 0) return length;
  const double left_over = static_cast<double>(size) / size_over;
  const double first = static_cast<double>(static_cast<std::int32_t>(offset)) / offset_over + (length - left_over) / 2;
  // Halves as libheif rounds them.
  const double begin = rounds_down ? std::trunc(first) : std::floor(first + 0.5);
  const double end = begin + std::floor(left_over + 0.5);
  const double kept = std::min<double>(end, length) - std::max(begin, 0.0);
  return kept >= 1 ? static_cast<std::uint32_t>(kept) : 0;
}

bool turns_sideways(const MediaBox* property) {
  return property != nullptr && property->type == "irot" && !property->body.empty() && (u8(property->body, 0) & 1) != 0;
}

void apply(const MediaBox& property, HeifHeader& header) {
  const ByteView body = property.body;
  if (turns_sideways(&property)) std::swap(header.width, header.height);
  if (property.type != "clap" || body.size() < 32) return;
  header.width = cropped(header.width, be32(body, 0), be32(body, 4), be32(body, 16), be32(body, 20), true);
  header.height = cropped(header.height, be32(body, 8), be32(body, 12), be32(body, 24), be32(body, 28), false);
}

// ISO/IEC 14496-15, section 8.3.3.1: the most of any parameter set in an `hvcC` box.
std::uint64_t hevc_configuration_pixels(ByteView body) {
  std::uint64_t most = 0;
  for (std::size_t at = 23; at + 3 <= body.size();) {
    std::size_t units = be16(body, at + 1);
    for (at += 3; units > 0 && at + 2 <= body.size(); --units) {
      const std::size_t length = be16(body, at);
      at += 2;
      if (length > body.size() - at) return most;
      constexpr unsigned sequence_parameter_set = 33;
      if (length > 0 && (u8(body, at) >> 1 & 63) == sequence_parameter_set)
        most = std::max(most, hevc_parameter_set_pixels(body.subspan(at, length)));
      at += length;
    }
  }
  return most;
}

// What a property says of the size of the items that have it.
std::uint64_t pixels_of(const MediaBox& property) {
  if (property.type == "hvcC") return hevc_configuration_pixels(property.body);
  if (property.type != "ispe" || property.body.size() < 12) return 0;
  return std::uint64_t{be32(property.body, 4)} * be32(property.body, 8);
}

// AV1 in ISOBMFF, section 2.3.3; ISO/IEC 14496-15, section 8.3.2.1.
void read_coding(const MediaBox& property, HeifHeader& header) {
  const ByteView body = property.body;
  unsigned depth = 8;
  if (property.type == "av1C" && body.size() >= 4) {
    const unsigned flags = u8(body, 2);
    depth = (flags & 0x40) == 0 ? 8 : (flags & 0x20) == 0 ? 10 : 12;
    const bool has_chroma = (flags & 0x10) == 0, halved = (flags & 0x0C) == 0x0C;
    header.full_chroma |= has_chroma && !halved;
  } else if (property.type == "hvcC" && body.size() >= 18) {
    depth = 8 + (u8(body, 17) & 7u);
    header.full_chroma |= (u8(body, 16) & 3) > 1;
  }
  header.bit_depth = static_cast<std::uint8_t>(std::max<unsigned>(header.bit_depth, depth));
}

// 23008-12, section 6.6.2.3: rows and columns of tiles of one size, not transformed, that cover the picture.
// libheif 1.15 shows whatever was in memory where they do not.
bool covers(ByteView grid, const HeifItems& boxes) {
  const auto canvas = heif_canvas(grid, true);
  if (!canvas) return false;
  std::uint64_t tile_width = UINT32_MAX, tile_height = UINT32_MAX;
  for (const HeifItem& item : boxes.items) {
    if (!boxes.is_tile(item.id)) continue;
    for (const std::uint32_t index : item.properties) {
      if (boxes.is(index, "clap") || turns_sideways(boxes.property(index))) return false;
      if (!boxes.is(index, "ispe") || boxes.property(index)->body.size() < 12) continue;
      tile_width = std::min<std::uint64_t>(tile_width, be32(boxes.property(index)->body, 4));
      tile_height = std::min<std::uint64_t>(tile_height, be32(boxes.property(index)->body, 8));
    }
  }
  return tile_width * (u8(grid, 3) + 1u) >= canvas->width && tile_height * (u8(grid, 2) + 1u) >= canvas->height;
}

}  // namespace

HeifHeader read_heif_header(ByteView bytes) {
  HeifItems boxes = read_heif_items(bytes);
  HeifHeader header;
  header.end = boxes.end;
  header.has_too_many_entries = boxes.entries > HeifItems::max_entries;
  if (header.has_too_many_entries) return header;
  Bytes grid;
  bool has_av1 = false;
  std::size_t unit_length_bytes = 0;  // of HEVC
  std::vector<std::uint64_t> property_pixels;
  for (const MediaBox& property : boxes.properties) {
    read_coding(property, header);
    property_pixels.push_back(pixels_of(property));
    if (property.type == "hvcC") header.stream_pixels = std::max(header.stream_pixels, property_pixels.back());
    has_av1 |= property.type == "av1C";
    if (property.type == "hvcC" && property.body.size() > 21) unit_length_bytes = (u8(property.body, 21) & 3u) + 1u;
  }
  header.too_much_data = !each_item_data(bytes.first(boxes.end), boxes, [&](std::uint32_t id, ByteView data) {
    if (id == boxes.primary) grid.append(data.first(std::min<std::size_t>(data.size(), 12)));
    const std::uint64_t pixels = std::max(has_av1 ? av1_stream_pixels(data) : 0,
                                          unit_length_bytes > 0 ? hevc_stream_pixels(data, unit_length_bytes) : 0);
    header.stream_pixels = std::max(header.stream_pixels, pixels);
    boxes.derivation.add_pixels(id, pixels);
    if (const auto found = boxes.put_together.find(id); found != boxes.put_together.end())
      if (const auto canvas = heif_canvas(data, found->second))
        boxes.derivation.add_canvas(id, std::uint64_t{canvas->width} * canvas->height);
  });
  header.has_gaps = boxes.primary_is_grid && !covers(grid, boxes);
  for (const HeifItem& item : boxes.items) {
    bool transformed = false;
    for (const std::uint32_t index : item.properties) {
      if (index > 0 && index <= property_pixels.size())
        boxes.derivation.add_pixels(item.id, property_pixels[index - 1]);
      header.size_is_late |= transformed && boxes.is(index, "ispe");
      transformed |= boxes.transforms(index);
    }
    if (item.id != boxes.primary) continue;
    for (const std::uint32_t index : item.properties)
      if (boxes.is(index, "ispe") && boxes.property(index)->body.size() >= 12) {
        header.coded_width = header.width = be32(boxes.property(index)->body, 4);
        header.coded_height = header.height = be32(boxes.property(index)->body, 8);
      }
    for (const std::uint32_t index : item.properties)
      if (boxes.transforms(index)) apply(*boxes.property(index), header);
    if (const auto place = boxes.last_mirror(item)) {
      const ByteView body = boxes.property(item.properties[*place])->body;
      if (!body.empty()) header.last_mirror = u8(body, 0) & 1u;
    }
  }
  const HeifDerivation::Work work = boxes.derivation.decoding(boxes.primary);
  header.decoded_pixels = work.pixels;
  header.canvas_pixels = work.canvas_pixels;
  header.is_nested_too_deep = work.is_too_deep;
  return header;
}

Bytes with_sizes_first(ByteView bytes) {
  Bytes copy;
  copy.append(bytes);
  const HeifItems boxes = read_heif_items(bytes);
  for (const HeifItem& item : boxes.items) {
    std::byte* to = copy.data() + item.at;
    for (const bool sizes : {true, false})
      for (std::size_t i = 0; i < item.properties.size(); ++i)
        if (boxes.is(item.properties[i], "ispe") == sizes) {
          std::memcpy(to, bytes.data() + item.at + i * item.bytes, item.bytes);
          to += item.bytes;
        }
  }
  return copy;
}

Bytes without_last_mirrors(ByteView bytes) {
  Bytes copy;
  copy.append(bytes);
  const HeifItems boxes = read_heif_items(bytes);
  for (const HeifItem& item : boxes.items) {
    if (boxes.is_tile(item.id)) continue;
    // Index 0 says that there is no property.
    if (const auto place = boxes.last_mirror(item))
      std::memset(copy.data() + item.at + *place * item.bytes, 0, item.bytes);
  }
  return copy;
}

}  // namespace visionshard::codec
