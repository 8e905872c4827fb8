#include "codec/heif/boxes.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "codec/heif/streams.h"
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
  ByteView locations, own_data;  // the bodies of `iloc` and `idat`
  bool primary_is_grid = false;
  std::vector<std::uint32_t> tiles;  // items that the primary one is put together from
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
  // The place of an `imir` among the properties of an item whose last transformation it is.
  std::optional<std::size_t> last_mirror(const Item& item) const {
    for (std::size_t i = item.properties.size(); i-- > 0;)
      if (transforms(item.properties[i])) return is(item.properties[i], "imir") ? std::optional(i) : std::nullopt;
    return std::nullopt;
  }
};

// 14496-12, section 8.11.6.
void read_item_types(ByteView body, Boxes& boxes) {
  const std::size_t header = body.empty() || u8(body, 0) == 0 ? 6 : 8;
  if (body.size() < header) return;
  each_media_box(body.subspan(header), [&](const MediaBox& entry) {
    const ByteView b = entry.body;
    if (entry.type != "infe" || b.size() < 12) return;
    const bool is_long = u8(b, 0) == 3;
    const std::uint32_t id = is_long ? be32(b, 4) : be16(b, 4);
    if (id == boxes.primary) boxes.primary_is_grid = text_at(b, is_long ? 10 : 8, "grid");
  });
}

// 14496-12, section 8.11.12.
void read_tiles(ByteView body, Boxes& boxes) {
  if (body.size() < 4) return;
  const bool is_long = u8(body, 0) != 0;
  const std::size_t id_bytes = is_long ? 4 : 2;
  each_media_box(body.subspan(4), [&](const MediaBox& reference) {
    const ByteView b = reference.body;
    if (reference.type != "dimg" || b.size() < id_bytes + 2) return;
    if ((is_long ? be32(b, 0) : be16(b, 0)) != boxes.primary) return;
    for (std::size_t at = id_bytes + 2; at + id_bytes <= b.size(); at += id_bytes)
      boxes.tiles.push_back(is_long ? be32(b, at) : be16(b, at));
  });
}

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
  ByteView types, references;
  each_media_box(meta->body.subspan(4), [&](const MediaBox& box) {
    if (box.type == "pitm" && box.body.size() >= 6)
      boxes.primary = u8(box.body, 0) == 0 ? be16(box.body, 4) : box.body.size() >= 8 ? be32(box.body, 4) : 0;
    if (box.type == "iinf") types = box.body;
    if (box.type == "iref") references = box.body;
    if (box.type == "iloc") boxes.locations = box.body;
    if (box.type == "idat") boxes.own_data = box.body;
    if (box.type != "iprp") return;
    each_media_box(box.body, [&](const MediaBox& inner) {
      if (inner.type == "ipco")
        each_media_box(inner.body, [&](const MediaBox& property) { boxes.properties.push_back(property); });
      if (inner.type == "ipma") read_associations(bytes, inner.body, boxes);
    });
  });
  read_item_types(types, boxes);
  read_tiles(references, boxes);
  return boxes;
}

// Reads numbers of the widths that an `iloc` box names for its own fields (14496-12, section 8.11.3).
class Fields {
 public:
  explicit Fields(ByteView body) : body_(body) {}

  bool has_more() const noexcept { return at_ < body_.size(); }
  std::uint64_t read(std::size_t bytes) noexcept {
    std::uint64_t value = 0;
    for (; bytes > 0; --bytes, ++at_) value = value << 8 | (at_ < body_.size() ? u8(body_, at_) : 0u);
    return value;
  }

 private:
  ByteView body_;
  std::size_t at_ = 0;
};

// Calls `visit` with the data of each item that is in the file. False where an item's pieces are together longer.
template <class Visit>
bool each_item_data(ByteView bytes, const Boxes& boxes, Visit visit) {
  Fields fields(boxes.locations);
  const std::uint64_t version = fields.read(1);
  fields.read(3);
  const std::uint64_t first_widths = fields.read(1), second_widths = fields.read(1);
  const std::size_t offset_bytes = first_widths >> 4, length_bytes = first_widths & 15, base_bytes = second_widths >> 4,
                    index_bytes = version > 0 ? second_widths & 15 : 0;
  const std::size_t id_bytes = version < 2 ? 2 : 4;
  for (std::uint64_t items = fields.read(id_bytes); items > 0 && fields.has_more(); --items) {
    const auto id = static_cast<std::uint32_t>(fields.read(id_bytes));
    const std::uint64_t method = version > 0 ? fields.read(2) & 15 : 0;
    fields.read(2);
    const std::uint64_t base = fields.read(base_bytes);
    const ByteView from = method == 0 ? bytes : method == 1 ? boxes.own_data : ByteView();
    Bytes joined;
    ByteView data;
    for (std::uint64_t pieces = fields.read(2), i = 0; i < pieces && fields.has_more(); ++i) {
      fields.read(index_bytes);
      const std::uint64_t begin = base + fields.read(offset_bytes), length = fields.read(length_bytes);
      if (begin > from.size()) continue;
      const std::size_t left = from.size() - static_cast<std::size_t>(begin);
      const std::size_t taken = length == 0 ? left : static_cast<std::size_t>(std::min<std::uint64_t>(length, left));
      if (joined.size() + taken > bytes.size()) return false;
      const ByteView piece = from.subspan(static_cast<std::size_t>(begin), taken);
      if (pieces > 1) joined.append(piece);
      data = pieces > 1 ? joined.view() : piece;
    }
    visit(id, data);
  }
  return true;
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
    for (std::size_t at = 23; at + 3 <= body.size();) {
      std::size_t units = be16(body, at + 1);
      for (at += 3; units > 0 && at + 2 <= body.size(); --units) {
        const std::size_t length = be16(body, at);
        at += 2;
        if (length > body.size() - at) return;
        constexpr unsigned sequence_parameter_set = 33;
        if (length > 0 && (u8(body, at) >> 1 & 63) == sequence_parameter_set)
          header.stream_pixels = std::max(header.stream_pixels, hevc_parameter_set_pixels(body.subspan(at, length)));
        at += length;
      }
    }
  }
  header.bit_depth = static_cast<std::uint8_t>(std::max<unsigned>(header.bit_depth, depth));
}

// 23008-12, section 6.6.2.3: rows and columns of tiles of one size, not transformed, that cover the picture.
// libheif 1.15 shows whatever was in memory where they do not.
bool covers(ByteView grid, const Boxes& boxes) {
  if (grid.size() < 8) return false;
  const bool is_long = (u8(grid, 1) & 1) != 0;
  if (is_long && grid.size() < 12) return false;
  const std::uint64_t width = is_long ? be32(grid, 4) : be16(grid, 4), height = is_long ? be32(grid, 8) : be16(grid, 6);
  std::uint64_t tile_width = UINT32_MAX, tile_height = UINT32_MAX;
  for (const std::uint32_t tile : boxes.tiles)
    for (const Item& item : boxes.items) {
      if (item.id != tile) continue;
      for (const std::uint32_t index : item.properties) {
        if (boxes.is(index, "clap") || turns_sideways(boxes.property(index))) return false;
        if (!boxes.is(index, "ispe") || boxes.property(index)->body.size() < 12) continue;
        tile_width = std::min<std::uint64_t>(tile_width, be32(boxes.property(index)->body, 4));
        tile_height = std::min<std::uint64_t>(tile_height, be32(boxes.property(index)->body, 8));
      }
    }
  return tile_width * (u8(grid, 3) + 1u) >= width && tile_height * (u8(grid, 2) + 1u) >= height;
}

}  // namespace

HeifHeader read_heif_header(ByteView bytes) {
  const Boxes boxes = read_boxes(bytes);
  HeifHeader header;
  header.end = boxes.end;
  Bytes grid;
  bool has_av1 = false;
  std::size_t unit_length_bytes = 0;  // of HEVC
  for (const MediaBox& property : boxes.properties) {
    read_coding(property, header);
    has_av1 |= property.type == "av1C";
    if (property.type == "hvcC" && property.body.size() > 21) unit_length_bytes = (u8(property.body, 21) & 3u) + 1u;
  }
  header.too_much_data = !each_item_data(bytes.first(boxes.end), boxes, [&](std::uint32_t id, ByteView data) {
    if (id == boxes.primary) grid.append(data.first(std::min<std::size_t>(data.size(), 12)));
    if (has_av1) header.stream_pixels = std::max(header.stream_pixels, av1_stream_pixels(data));
    if (unit_length_bytes > 0)
      header.stream_pixels = std::max(header.stream_pixels, hevc_stream_pixels(data, unit_length_bytes));
  });
  header.has_gaps = boxes.primary_is_grid && !covers(grid, boxes);
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
    if (const auto place = boxes.last_mirror(item)) {
      const ByteView body = boxes.property(item.properties[*place])->body;
      if (!body.empty()) header.last_mirror = u8(body, 0) & 1u;
    }
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

Bytes without_last_mirrors(ByteView bytes) {
  Bytes copy;
  copy.append(bytes);
  const Boxes boxes = read_boxes(bytes);
  for (const Item& item : boxes.items) {
    if (std::find(boxes.tiles.begin(), boxes.tiles.end(), item.id) != boxes.tiles.end()) continue;
    // Index 0 says that there is no property.
    if (const auto place = boxes.last_mirror(item))
      std::memset(copy.data() + item.at + *place * item.bytes, 0, item.bytes);
  }
  return copy;
}

}  // namespace visionshard::codec
