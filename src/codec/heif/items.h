// The items of a HEIF file (ISO/IEC 14496-12, 23008-12): their properties, what they refer to, and their data.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "codec/heif/derived.h"
#include "codec/media_boxes.h"

namespace visionshard::codec {

// Of an `ipma` box (23008-12, section 9.3.1): which properties an item has, in their order.
struct HeifItem {
  std::uint32_t id = 0;
  std::size_t at = 0;     // of the first association, from the begin of the file
  std::size_t bytes = 0;  // of each association
  std::vector<std::uint16_t> properties;
};

// The size of a grid or an overlay, for which libheif allocates memory whatever `ispe` says.
struct HeifCanvas {
  std::uint32_t width = 0, height = 0;
};

struct HeifItems {
  // Properties, items that have some, and references. libheif 1.15 takes 20,000 items.
  static constexpr std::size_t max_entries = 100'000;

  std::size_t end = 0;
  std::uint32_t primary = 0;
  ByteView locations, own_data;  // the bodies of `iloc` and `idat`
  bool primary_is_grid = false;
  std::vector<std::uint32_t> tiles;                      // items that the primary one is put together from
  std::unordered_map<std::uint32_t, bool> put_together;  // overlays, and grids, of which it is true
  HeifDerivation derivation;
  std::vector<MediaBox> properties;
  std::vector<HeifItem> items;
  std::size_t entries = 0;  // one over `max_entries` where the file has more

  // False where it is one too many, which is left out.
  bool counts_one_more() {
    entries = std::min(entries + 1, max_entries + 1);
    return entries <= max_entries;
  }

  // Associations count from 1; 0 says that there is none.
  const MediaBox* property(std::uint32_t index) const {
    return index >= 1 && index <= properties.size() ? &properties[index - 1] : nullptr;
  }
  bool is(std::uint32_t index, std::string_view type) const {
    const MediaBox* const box = property(index);
    return box != nullptr && box->type == type;
  }
  bool is_tile(std::uint32_t item) const { return std::binary_search(tiles.begin(), tiles.end(), item); }
  bool transforms(std::uint32_t index) const { return is(index, "irot") || is(index, "imir") || is(index, "clap"); }
  // The place of an `imir` among the properties of an item whose last transformation it is.
  std::optional<std::size_t> last_mirror(const HeifItem& item) const {
    for (std::size_t i = item.properties.size(); i-- > 0;)
      if (transforms(item.properties[i])) return is(item.properties[i], "imir") ? std::optional(i) : std::nullopt;
    return std::nullopt;
  }
};

/// Never fails: what cannot be read is left out. Views and boxes are into `bytes`. Throws std::bad_alloc. Thread-safe.
HeifItems read_heif_items(ByteView bytes);

/// Nothing where the data is cut off.
std::optional<HeifCanvas> heif_canvas(ByteView data, bool is_grid);

/// Calls `visit` with the number and the data of each item that is in the file. False where an item's pieces are
/// together longer, or all items many times as long. Throws std::bad_alloc.
bool each_item_data(ByteView bytes, const HeifItems& items, const std::function<void(std::uint32_t, ByteView)>& visit);

}  // namespace visionshard::codec
