// The whole of the data is inflated at once by libdeflate, at two to three times zlib's speed, and each row is undone
// and widened while it is in the cache. What libdeflate or a filter byte takes exception to goes to libpng, which knows
// what may be forgiven (more data than rows) and has the better words for what may not.
#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <optional>

#include "codec/byte_order.h"
#include "codec/png/png.h"
#include "codec/png/rows.h"
#include "codec/png/strict.h"

namespace visionshard::codec {
namespace {

constexpr std::size_t row_padding = png_row_padding;

// One pass of an interlaced picture (PNG specification, section 8.2), or the whole of another.
struct Pass {
  std::uint32_t left, top, across, down;

  std::uint32_t columns(std::uint32_t width) const { return width > left ? (width - left + across - 1) / across : 0; }
  std::uint32_t rows(std::uint32_t height) const { return height > top ? (height - top + down - 1) / down : 0; }
};
constexpr Pass whole_picture[] = {{0, 0, 1, 1}};
constexpr Pass adam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                          {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};

std::uint8_t to_8_bits(unsigned v) noexcept { return static_cast<std::uint8_t>((v * 255u + 32895u) >> 16); }

// Indexes beyond the palette are black, as libpng has them.
std::array<std::uint8_t, 4> palette_entry(const PngStructure& s, std::size_t index) {
  std::array<std::uint8_t, 4> entry{0, 0, 0, 255};
  if (3 * index + 2 < s.palette.size())
    for (std::size_t k = 0; k < 3; ++k) entry[k] = u8(s.palette, 3 * index + k);
  if (index < s.transparency.size()) entry[3] = u8(s.transparency, index);
  return entry;
}

enum class Wanted : std::uint8_t { colors, symbols };

// Rows as stored to 8-bit RGB or RGBA, or to symbols: a gray, a gray and an alpha, or an index into the palette.
class Widener {
 public:
  Widener(const PngStructure& s, Wanted wanted) : model_(s.info.model), depth_(s.info.bit_depth) {
    if (wanted == Wanted::symbols) {
      channels_ = model_ == ColorModel::gray_alpha ? 2 : 1;
      return;
    }
    const bool alpha_channel = model_ == ColorModel::rgba || model_ == ColorModel::gray_alpha;
    keyed_ = s.info.transparency && !alpha_channel && model_ != ColorModel::palette;
    channels_ = alpha_channel || s.info.transparency ? 4 : 3;
    if (keyed_)
      for (std::size_t k = 0; k < 3; ++k)
        key_[k] = static_cast<std::uint16_t>(be16(s.transparency, model_ == ColorModel::rgb ? 2 * k : 0) &
                                             ((1u << depth_) - 1));
    if (depth_ <= 8 && (model_ == ColorModel::palette || model_ == ColorModel::gray)) fill_table(s);
  }

  std::uint32_t channels() const { return channels_; }

  void widen(const std::uint8_t* row, std::uint32_t pixels, std::uint8_t* out) const {
    if (channels_ < 3) return to_symbols(row, pixels, out);
    if (depth_ == 16) return channels_ == 4 ? widen_16<4>(row, pixels, out) : widen_16<3>(row, pixels, out);
    switch (model_) {
      case ColorModel::gray_alpha:
        for (std::uint32_t x = 0; x < pixels; ++x, row += 2, out += 4) {
          out[0] = out[1] = out[2] = row[0];
          out[3] = row[1];
        }
        return;
      case ColorModel::rgb:
        if (!keyed_) break;
        for (std::uint32_t x = 0; x < pixels; ++x, row += 3, out += 4) {
          std::copy_n(row, 3, out);
          out[3] = row[0] == key_[0] && row[1] == key_[1] && row[2] == key_[2] ? 0 : 255;
        }
        return;
      case ColorModel::rgba: break;
      default: return channels_ == 4 ? look_up<4>(row, pixels, out) : look_up<3>(row, pixels, out);
    }
    std::memcpy(out, row, std::size_t{pixels} * channels_);
  }

 private:
  void to_symbols(const std::uint8_t* row, std::uint32_t pixels, std::uint8_t* out) const {
    if (depth_ == 8) {
      std::memcpy(out, row, std::size_t{pixels} * channels_);
    } else if (depth_ == 16) {
      for (std::uint32_t x = 0; x < pixels; ++x)
        out[x] = to_8_bits(static_cast<unsigned>(row[2 * x] << 8 | row[2 * x + 1]));
    } else {
      const unsigned per_byte = 8u / depth_, mask = (1u << depth_) - 1;
      const unsigned scale = model_ == ColorModel::gray ? 255 / mask : 1;
      for (std::uint32_t x = 0; x < pixels; ++x)
        out[x] =
            static_cast<std::uint8_t>((row[x / per_byte] >> ((per_byte - 1 - x % per_byte) * depth_) & mask) * scale);
    }
  }

  // What each sample of up to 8 bits becomes.
  void fill_table(const PngStructure& s) {
    const unsigned most = (1u << depth_) - 1;
    for (unsigned v = 0; v <= most; ++v) {
      std::array<std::uint8_t, 4>& to = table_[v];
      if (model_ == ColorModel::gray) {
        to.fill(static_cast<std::uint8_t>(v * 255 / most));
        to[3] = keyed_ && v == key_[0] ? 0 : 255;
      } else {
        to = palette_entry(s, v);
      }
    }
  }

  template <std::size_t Channels>
  void look_up(const std::uint8_t* row, std::uint32_t pixels, std::uint8_t* out) const {
    if (depth_ == 8) {
      // A fourth byte goes to where the next pixel will be; the last one has no next.
      for (std::uint32_t x = 0; x + 1 < pixels; ++x, out += Channels) std::memcpy(out, table_[row[x]].data(), 4);
      std::memcpy(out, table_[row[pixels - 1]].data(), Channels);
      return;
    }
    const unsigned per_byte = 8u / depth_, mask = (1u << depth_) - 1;
    for (std::uint32_t x = 0; x < pixels; ++x, out += Channels) {
      const unsigned shift = (per_byte - 1 - x % per_byte) * depth_;
      std::memcpy(out, table_[row[x / per_byte] >> shift & mask].data(), Channels);
    }
  }

  // Keys are compared before samples are scaled: neighbors of the key scale to the same value and stay opaque.
  template <std::size_t Channels>
  void widen_16(const std::uint8_t* row, std::uint32_t pixels, std::uint8_t* out) const {
    const bool gray = model_ == ColorModel::gray || model_ == ColorModel::gray_alpha;
    const std::size_t stored = (gray ? 1u : 3u) + (Channels == 4 && !keyed_ ? 1u : 0u);
    for (std::uint32_t x = 0; x < pixels; ++x, row += 2 * stored, out += Channels) {
      const auto sample = [&](std::size_t k) { return static_cast<unsigned>(row[2 * k] << 8 | row[2 * k + 1]); };
      for (std::size_t k = 0; k < 3; ++k) out[k] = to_8_bits(sample(gray ? 0 : k));
      if (Channels == 4 && !keyed_) out[3] = to_8_bits(sample(stored - 1));
      if (Channels == 4 && keyed_) {
        bool is_key = true;
        for (std::size_t k = 0; k < stored; ++k) is_key &= sample(k) == key_[k];
        out[3] = is_key ? 0 : 255;
      }
    }
  }

  ColorModel model_;
  unsigned depth_;
  bool keyed_ = false;  // one color or gray is transparent
  std::uint32_t channels_ = 3;
  std::array<std::uint16_t, 3> key_{};
  std::array<std::array<std::uint8_t, 4>, 256> table_{};
};

// All IDAT data as one piece; `joined` holds it where there are several.
ByteView image_data(ByteView bytes, const PngStructure& s, Bytes& joined) {
  ByteView only;
  std::size_t size = 0, pieces = 0;
  const auto each = [&](auto visit) {
    for (const PngChunk& chunk : s.chunks)
      if (chunk.type == png_type("IDAT") && chunk.length > 0) visit(bytes.subspan(chunk.offset + 8, chunk.length));
  };
  each([&](ByteView data) {
    only = data;
    size += data.size();
    ++pieces;
  });
  if (pieces <= 1) return only;
  joined.reserve(size);
  each([&](ByteView data) { joined.append(data); });
  return joined;
}

// Nothing where the data is not exactly one zlib stream of the size wanted.
bool inflate(ByteView packed, std::byte* out, std::size_t size) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!inflater) throw std::bad_alloc();
  return libdeflate_zlib_decompress(inflater.get(), packed.data(), packed.size(), out, size, nullptr) ==
         LIBDEFLATE_SUCCESS;
}

std::optional<Pixels> decode_whole(ByteView bytes, const PngStructure& s, Wanted wanted) {
  const ImageInfo& info = s.info;
  const std::size_t bits = bits_per_pixel(info);
  const auto row_bytes = [&](std::uint32_t columns) { return (columns * bits + 7) / 8; };
  const std::span<const Pass> passes =
      info.interlaced ? std::span<const Pass>(adam7) : std::span<const Pass>(whole_picture);
  std::size_t size = 0;
  for (const Pass& pass : passes)
    if (const std::uint32_t columns = pass.columns(info.width); columns > 0)
      size += pass.rows(info.height) * (row_bytes(columns) + 1);
  Bytes joined, raw(size + row_padding);
  if (!inflate(image_data(bytes, s, joined), raw.data(), size)) return std::nullopt;
  joined = Bytes();
  std::memset(raw.data() + size, 0, row_padding);

  const Widener widener(s, wanted);
  // Rows that are pixels already only move together, over the filters' bytes between them.
  const bool in_place = !info.interlaced && info.bit_depth == 8 && bits == 8 * widener.channels() &&
                        (info.model == ColorModel::rgb || info.model == ColorModel::rgba);
  auto* at = reinterpret_cast<std::uint8_t*>(raw.data());
  if (in_place) {
    if (!png_rows_to_pixels(at, info.height, row_bytes(info.width), widener.channels())) return std::nullopt;
    Pixels pixels(info.width, 0, widener.channels());
    pixels.height = info.height;
    pixels.data = std::move(raw);
    pixels.data.resize(info.height * pixels.stride());
    return pixels;
  }
  Pixels pixels(info.width, info.height, widener.channels());
  Bytes zeros(row_bytes(info.width) + row_padding), pass_row(info.interlaced ? pixels.stride() + row_padding : 0);
  std::memset(zeros.data(), 0, zeros.size());
  for (const Pass& pass : passes) {
    const std::uint32_t columns = pass.columns(info.width), rows = columns > 0 ? pass.rows(info.height) : 0;
    const auto* above = reinterpret_cast<const std::uint8_t*>(zeros.data());
    for (std::uint32_t y = 0; y < rows; ++y) {
      if (y % png_rows_at_once == 0 &&
          !undo_png_rows(at, std::min(png_rows_at_once, rows - y), above, row_bytes(columns), (bits + 7) / 8))
        return std::nullopt;
      std::uint8_t* const row = at + 1;
      std::uint8_t* const to = pixels.row(pass.top + y * pass.down);
      if (info.interlaced) {
        auto* const wide = reinterpret_cast<std::uint8_t*>(pass_row.data());
        widener.widen(row, columns, wide);
        for (std::uint32_t x = 0; x < columns; ++x)
          std::copy_n(wide + std::size_t{x} * pixels.channels, pixels.channels,
                      to + (std::size_t{pass.left} + std::size_t{x} * pass.across) * pixels.channels);
      } else {
        widener.widen(row, columns, to);
      }
      above = row;
      at = row + row_bytes(columns);
    }
  }
  return pixels;
}

}  // namespace

ImageResult<Pixels> decode_png(ByteView bytes, const PngStructure& structure) {
  if (auto pixels = decode_whole(bytes, structure, Wanted::colors)) return std::move(*pixels);
  return decode_png_strictly(bytes, structure.info);
}

std::optional<SymbolPicture> decode_png_symbols(ByteView bytes, const PngStructure& structure) {
  const bool palette = structure.info.model == ColorModel::palette;
  const bool gray = structure.info.model == ColorModel::gray && !structure.info.transparency;
  const bool gray_alpha = structure.info.model == ColorModel::gray_alpha && structure.info.bit_depth == 8;
  if (!palette && !gray && !gray_alpha) return std::nullopt;
  auto symbols = decode_whole(bytes, structure, Wanted::symbols);
  if (!symbols) return std::nullopt;
  SymbolPicture picture{std::move(*symbols), {}, structure.info.transparency || gray_alpha, true};
  for (unsigned v = 0; v < 256; ++v) {
    std::array<std::uint8_t, 4>& to = picture.table[v];
    if (palette) {
      to = palette_entry(structure, v);
      picture.is_grays &= to[0] == to[1] && to[1] == to[2] && (v < structure.palette.size() / 3 || to[0] == 0);
    } else {
      to = {static_cast<std::uint8_t>(v), static_cast<std::uint8_t>(v), static_cast<std::uint8_t>(v), 255};
    }
  }
  picture.is_grays &= !picture.alpha || gray_alpha;
  if (palette && picture.is_grays) {
    auto* const at = reinterpret_cast<std::uint8_t*>(picture.symbols.data.data());
    for (std::size_t i = 0; i < picture.symbols.data.size(); ++i) at[i] = picture.table[at[i]][0];
    for (unsigned v = 0; v < 256; ++v) picture.table[v].fill(static_cast<std::uint8_t>(v));
  }
  return picture;
}

}  // namespace visionshard::codec
