// Images that are put together from others (ISO/IEC 23008-12, section 6.6), which may be put together themselves.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace visionshard::codec {

/// Which items a decoder decodes for one. libheif 1.15 decodes an item again for each reference to it, so that a chain
/// of images that each refer 20 times to the one before takes 20 times as long with each link.
class HeifDerivation {
 public:
  /// The steps from an image to those it is put together from, and to its alpha. An overlay of the identity of a grid
  /// with alpha has four.
  static constexpr unsigned max_steps = 4;

  struct Work {
    std::uint64_t pixels = 0;         // of all items, each as often as it is decoded
    std::uint64_t canvas_pixels = 0;  // of grids and overlays, the most that are in memory at one time
    bool is_too_deep = false;         // more than `max_steps`, or an item that is a part of itself
  };

  void add_part(std::uint32_t whole, std::uint32_t part) { items_[whole].parts.push_back({part, false}); }
  void add_alpha(std::uint32_t image, std::uint32_t alpha) { items_[image].parts.push_back({alpha, true}); }
  /// Of several sizes the largest counts.
  void add_pixels(std::uint32_t item, std::uint64_t pixels);
  /// The size of a grid or an overlay in its own data.
  void add_canvas(std::uint32_t item, std::uint64_t pixels);

  Work decoding(std::uint32_t item) const;

 private:
  struct Part {
    std::uint32_t item = 0;
    bool is_alpha = false;
  };
  struct Item {
    std::uint64_t pixels = 0, canvas_pixels = 0;
    std::vector<Part> parts;
  };
  struct Measured {
    std::uint64_t pixels = 0, canvas_pixels = 0;
    unsigned steps = 0;
  };
  Measured measure(std::uint32_t item, unsigned depth, std::unordered_map<std::uint32_t, Measured>& known) const;

  std::unordered_map<std::uint32_t, Item> items_;
};

}  // namespace visionshard::codec
