#include "codec/heif/items.h"

#include <algorithm>
#include <utility>

namespace visionshard::codec {
namespace {

// 14496-12, section 8.11.6.
void read_item_types(ByteView body, HeifItems& boxes) {
  const std::size_t header = body.empty() || u8(body, 0) == 0 ? 6 : 8;
  if (body.size() < header) return;
  each_media_box(body.subspan(header), [&](const MediaBox& entry) {
    const ByteView b = entry.body;
    if (entry.type != "infe" || b.size() < 12) return;
    const bool is_long = u8(b, 0) == 3;
    const std::uint32_t id = is_long ? be32(b, 4) : be16(b, 4);
    const bool is_grid = text_at(b, is_long ? 10 : 8, "grid");
    if ((is_grid || text_at(b, is_long ? 10 : 8, "iovl")) && boxes.counts_one_more())
      boxes.put_together.emplace(id, is_grid);
    if (id == boxes.primary) boxes.primary_is_grid = is_grid;
  });
}

// 14496-12, section 8.11.12: what an item is derived from, and which pictures are its alpha and the like (`auxl`).
void read_references(ByteView body, HeifItems& boxes) {
  if (body.size() < 4) return;
  const bool is_long = u8(body, 0) != 0;
  const std::size_t id_bytes = is_long ? 4 : 2;
  each_media_box(body.subspan(4), [&](const MediaBox& reference) {
    const ByteView b = reference.body;
    const bool is_derived = reference.type == "dimg";
    if ((!is_derived && reference.type != "auxl") || b.size() < id_bytes + 2) return;
    const std::uint32_t from = is_long ? be32(b, 0) : be16(b, 0);
    for (std::size_t at = id_bytes + 2; at + id_bytes <= b.size(); at += id_bytes) {
      if (!boxes.counts_one_more()) return;
      const std::uint32_t to = is_long ? be32(b, at) : be16(b, at);
      if (is_derived)
        boxes.derivation.add_part(from, to);
      else
        boxes.derivation.add_alpha(to, from);
      if (is_derived && from == boxes.primary) boxes.tiles.push_back(to);
    }
  });
}

void read_associations(ByteView file, ByteView body, HeifItems& boxes) {
  if (body.size() < 8) return;
  const std::size_t id_bytes = u8(body, 0) < 1 ? 2 : 4, index_bytes = (u8(body, 3) & 1) != 0 ? 2 : 1;
  std::uint32_t entries = be32(body, 4);
  for (std::size_t at = 8; entries > 0 && body.size() - at >= id_bytes + 1; --entries) {
    if (!boxes.counts_one_more()) return;
    HeifItem item;
    item.id = id_bytes == 2 ? be16(body, at) : be32(body, at);
    const std::size_t count = u8(body, at + id_bytes);
    at += id_bytes + 1;
    if (body.size() - at < count * index_bytes) return;
    item.at = static_cast<std::size_t>(body.data() - file.data()) + at;
    item.bytes = index_bytes;
    for (std::size_t i = 0; i < count; ++i, at += index_bytes)
      item.properties.push_back(
          static_cast<std::uint16_t>(index_bytes == 2 ? be16(body, at) & 0x7FFFu : u8(body, at) & 0x7Fu));
    boxes.items.push_back(std::move(item));
  }
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

}  // namespace

// Sections 6.6.2.2 and 6.6.2.3: flags, then rows and columns of a grid or four samples of what an overlay covers.
std::optional<HeifCanvas> heif_canvas(ByteView data, bool is_grid) {
  const std::size_t at = is_grid ? 4 : 10;
  if (data.size() < at + 4) return std::nullopt;
  const bool is_long = (u8(data, 1) & 1) != 0;
  if (!is_long) return HeifCanvas{be16(data, at), be16(data, at + 2)};
  if (data.size() < at + 8) return std::nullopt;
  return HeifCanvas{be32(data, at), be32(data, at + 4)};
}

HeifItems read_heif_items(ByteView bytes) {
  HeifItems boxes;
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
        each_media_box(inner.body, [&](const MediaBox& property) {
          if (boxes.counts_one_more()) boxes.properties.push_back(property);
        });
      if (inner.type == "ipma") read_associations(bytes, inner.body, boxes);
    });
  });
  read_item_types(types, boxes);
  read_references(references, boxes);
  std::sort(boxes.tiles.begin(), boxes.tiles.end());
  boxes.tiles.erase(std::unique(boxes.tiles.begin(), boxes.tiles.end()), boxes.tiles.end());
  return boxes;
}

// A picture, its alpha and its thumbnail may share their data; more often than this nothing does. libheif 1.15 takes 32
// pieces of an item.
bool each_item_data(ByteView bytes, const HeifItems& boxes, const std::function<void(std::uint32_t, ByteView)>& visit) {
  Fields fields(boxes.locations);
  const std::uint64_t version = fields.read(1);
  fields.read(3);
  const std::uint64_t first_widths = fields.read(1), second_widths = fields.read(1);
  const std::size_t offset_bytes = first_widths >> 4, length_bytes = first_widths & 15, base_bytes = second_widths >> 4,
                    index_bytes = version > 0 ? second_widths & 15 : 0;
  const std::size_t id_bytes = version < 2 ? 2 : 4;
  constexpr std::uint64_t max_readings = 8, max_pieces = 1 << 20;
  std::uint64_t bytes_in_all = 0, pieces_in_all = 0;
  for (std::uint64_t items = fields.read(id_bytes); items > 0 && fields.has_more(); --items) {
    const auto id = static_cast<std::uint32_t>(fields.read(id_bytes));
    const std::uint64_t method = version > 0 ? fields.read(2) & 15 : 0;
    fields.read(2);
    const std::uint64_t base = fields.read(base_bytes);
    const ByteView from = method == 0 ? bytes : method == 1 ? boxes.own_data : ByteView();
    Bytes joined;
    ByteView data;
    for (std::uint64_t pieces = fields.read(2), i = 0; i < pieces && fields.has_more(); ++i) {
      if (++pieces_in_all > max_pieces) return false;
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
    bytes_in_all += data.size();
    if (bytes_in_all > max_readings * bytes.size()) return false;
    visit(id, data);
  }
  return true;
}

}  // namespace visionshard::codec
