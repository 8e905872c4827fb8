#include "codec/heif_boxes.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "codec/media_boxes.h"

namespace visionshard::codec {
namespace {

// Of an `ipma` box (23008-12, section 9.3.1): which properties an item has, in their order.
struct Item {
  std::uint32_t id = 0;
  std::size_t at = 0;     // of the first association, from the begin of the file
  std::size_t bytes = 0;  // of each association
  std::vector<std::uint32_t> properties;
};

struct Boxes {
  std::size_t end = 0;
  std::uint32_t primary = 0;
  std::vector<MediaBox> properties;
  std::vector<Item> items;

  // Associations count from 1; 0 says that there is none.
  const MediaBox* property(std::uint32_t index) const {
    return index >= 1 && index <= properties.size() ? &properties[index - 1] : nullptr;
  }
  bool is(std::uint32_t index, std::string_view type) const {
    const MediaBox* const box = property(index);
    return box != nullptr && box->type == type;
  }
  bool transforms(std::uint32_t index) const { return is(index, "irot") || is(index, "imir") || is(index, "clap"); }
};

void read_associations(ByteView file, ByteView body, Boxes& boxes) {
  if (body.size() < 8) return;
  const std::size_t id_bytes = u8(body, 0) < 1 ? 2 : 4, index_bytes = (u8(body, 3) & 1) != 0 ? 2 : 1;
  std::uint32_t entries = be32(body, 4);
  for (std::size_t at = 8; entries > 0 && body.size() - at >= id_bytes + 1; --entries) {
    Item item;
    item.id = id_bytes == 2 ? be16(body, at) : be32(body, at);
    const std::size_t count = u8(body, at + id_bytes);
    at += id_bytes + 1;
    if (body.size() - at < count * index_bytes) return;
    item.at = static_cast<std::size_t>(body.data() - file.data()) + at;
    item.bytes = index_bytes;
    for (std::size_t i = 0; i < count; ++i, at += index_bytes)
      item.properties.push_back(index_bytes == 2 ? be16(body, at) & 0x7FFFu : u8(body, at) & 0x7Fu);
    boxes.items.push_back(std::move(item));
  }
}

Boxes read_boxes(ByteView bytes) {
  Boxes boxes;
  boxes.end = bytes.size();
  std::optional<MediaBox> meta;
  each_media_box(bytes, [&](const MediaBox& box) {
    if (box.at > 0 && box.type == "ftyp") boxes.end = std::min(boxes.end, box.at);
    if (box.type == "meta" && !meta) meta = box;
  });
  if (!meta || meta->body.size() < 4) return boxes;
  each_media_box(meta->body.subspan(4), [&](const MediaBox& box) {
    if (box.type == "pitm" && box.body.size() >= 6)
      boxes.primary = u8(box.body, 0) == 0 ? be16(box.body, 4) : box.body.size() >= 8 ? be32(box.body, 4) : 0;
    if (box.type != "iprp") return;
    each_media_box(box.body, [&](const MediaBox& inner) {
      if (inner.type == "ipco")
        each_media_box(inner.body, [&](const MediaBox& property) { boxes.properties.push_back(property); });
      if (inner.type == "ipma") read_associations(bytes, inner.body, boxes);
    });
  });
  return boxes;
}

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

void apply(const MediaBox& property, HeifHeader& header) {
  const ByteView body = property.body;
  if (property.type == "irot" && !body.empty() && (u8(body, 0) & 1) != 0) std::swap(header.width, header.height);
  if (property.type != "clap" || body.size() < 32) return;
  header.width = cropped(header.width, be32(body, 0), be32(body, 4), be32(body, 16), be32(body, 20), true);
  header.height = cropped(header.height, be32(body, 8), be32(body, 12), be32(body, 24), be32(body, 28), false);
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

}  // namespace

HeifHeader read_heif_header(ByteView bytes) {
  const Boxes boxes = read_boxes(bytes);
  HeifHeader header;
  header.end = boxes.end;
  for (const MediaBox& property : boxes.properties) read_coding(property, header);
  for (const Item& item : boxes.items) {
    bool transformed = false;
    for (const std::uint32_t index : item.properties) {
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
  }
  return header;
}

Bytes with_sizes_first(ByteView bytes) {
  Bytes copy;
  copy.append(bytes);
  const Boxes boxes = read_boxes(bytes);
  for (const Item& item : boxes.items) {
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

}  // namespace visionshard::codec
