// P. Heckbert, "Color image quantization for frame buffer display", SIGGRAPH 1982, on colors of five bits a channel.
#include "generate/palette.h"

#include <algorithm>

namespace visionshard::generate {
namespace {

constexpr std::size_t max_colors = 256;

struct Cell {
  std::array<std::uint8_t, 3> color;  // five bits each
  std::uint32_t number;
  std::uint64_t pixels = 0;
  std::array<std::uint64_t, 3> sums{};
};

struct Box {
  std::size_t begin, end;  // of the cells
  std::uint64_t pixels;
  unsigned axis;
  unsigned extent;
};

Box box_of(const std::vector<Cell>& cells, std::size_t begin, std::size_t end) {
  Box box{begin, end, 0, 0, 0};
  std::array<std::uint8_t, 3> least{255, 255, 255}, most{};
  for (std::size_t i = begin; i < end; ++i) {
    box.pixels += cells[i].pixels;
    for (unsigned c = 0; c < 3; ++c) {
      least[c] = std::min(least[c], cells[i].color[c]);
      most[c] = std::max(most[c], cells[i].color[c]);
    }
  }
  for (unsigned c = 0; c < 3; ++c) {
    const unsigned extent = static_cast<unsigned>(most[c] - least[c]);
    if (extent <= box.extent) continue;
    box.extent = extent;
    box.axis = c;
  }
  return box;
}

std::uint32_t cell_number(const std::uint8_t* rgb) noexcept {
  return static_cast<std::uint32_t>(rgb[0] >> 3 << 10 | rgb[1] >> 3 << 5 | rgb[2] >> 3);
}

std::vector<Cell> cells_of(const codec::Pixels& rgb) {
  std::vector<Cell> all(1u << 15);
  for (std::uint32_t y = 0; y < rgb.height; ++y) {
    const std::uint8_t* p = rgb.row(y);
    for (std::uint32_t x = 0; x < rgb.width; ++x, p += 3) {
      Cell& cell = all[cell_number(p)];
      ++cell.pixels;
      for (unsigned c = 0; c < 3; ++c) cell.sums[c] += p[c];
    }
  }
  std::vector<Cell> used;
  for (std::uint32_t number = 0; number < all.size(); ++number) {
    if (all[number].pixels == 0) continue;
    used.push_back(all[number]);
    used.back().number = number;
    used.back().color = {static_cast<std::uint8_t>(number >> 10), static_cast<std::uint8_t>(number >> 5 & 31),
                         static_cast<std::uint8_t>(number & 31)};
  }
  return used;
}

// Returns the index after the cell that reaches half of the pixels; both sides keep at least one cell.
std::size_t median(const std::vector<Cell>& cells, const Box& box) {
  std::uint64_t passed = 0;
  std::size_t at = box.begin;
  while (at + 2 < box.end && (passed + cells[at].pixels) * 2 < box.pixels) passed += cells[at++].pixels;
  return at + 1;
}

}  // namespace

PalettePicture reduced_to_palette(const codec::Pixels& rgb) {
  std::vector<Cell> cells = cells_of(rgb);
  std::vector<Box> boxes{box_of(cells, 0, cells.size())};
  const auto weight = [](const Box& box) { return box.pixels * box.extent; };
  while (boxes.size() < max_colors) {
    const auto widest =
        std::max_element(boxes.begin(), boxes.end(), [&](const Box& a, const Box& b) { return weight(a) < weight(b); });
    if (widest->extent == 0) break;
    const Box box = *widest;
    std::sort(cells.begin() + static_cast<std::ptrdiff_t>(box.begin),
              cells.begin() + static_cast<std::ptrdiff_t>(box.end), [&](const Cell& a, const Cell& b) {
                return std::pair(a.color[box.axis], a.number) < std::pair(b.color[box.axis], b.number);
              });
    const std::size_t middle = median(cells, box);
    *widest = box_of(cells, box.begin, middle);
    boxes.push_back(box_of(cells, middle, box.end));
  }

  PalettePicture picture{{}, codec::Pixels(rgb.width, rgb.height, 1)};
  std::vector<std::uint8_t> index_of(1u << 15);
  for (const Box& box : boxes) {
    std::array<std::uint64_t, 3> sums{};
    for (std::size_t i = box.begin; i < box.end; ++i) {
      index_of[cells[i].number] = static_cast<std::uint8_t>(picture.colors.size());
      for (unsigned c = 0; c < 3; ++c) sums[c] += cells[i].sums[c];
    }
    auto& color = picture.colors.emplace_back();
    for (unsigned c = 0; c < 3; ++c) color[c] = static_cast<std::uint8_t>((sums[c] + box.pixels / 2) / box.pixels);
  }
  for (std::uint32_t y = 0; y < rgb.height; ++y) {
    const std::uint8_t* p = rgb.row(y);
    std::uint8_t* const to = picture.indexes.row(y);
    for (std::uint32_t x = 0; x < rgb.width; ++x, p += 3) to[x] = index_of[cell_number(p)];
  }
  return picture;
}

}  // namespace visionshard::generate
