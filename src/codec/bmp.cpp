// The format: Microsoft, "Bitmap Storage" and BITMAPV5HEADER; run-length coding under "Bitmap Compression".
#include "codec/bmp.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "codec/byte_order.h"

namespace visionshard::codec {
namespace {

tl::unexpected<ImageFault> corrupt_bmp(std::string_view why) {
  return image_fault(FaultCode::corrupt_image, fmt::format("the BMP {}", why));
}

enum Compression : std::uint32_t { rgb = 0, rle8 = 1, rle4 = 2, bit_fields = 3, alpha_bit_fields = 6 };

constexpr std::size_t file_header_bytes = 14;

struct BmpHeader {
  std::uint32_t header_bytes = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool top_down = false;
  std::uint32_t bits = 0;
  std::uint32_t compression = rgb;
  std::array<std::uint32_t, 4> masks{};  // red, green, blue, alpha
  std::size_t palette = 0;               // offset
  std::size_t palette_entry_bytes = 4;
  std::size_t data = 0;  // offset

  std::uint64_t row_bytes() const noexcept { return (std::uint64_t{width} * bits + 31) / 32 * 4; }
  // Without the padding of the last row, which some writers leave out.
  std::uint64_t data_bytes() const noexcept {
    return row_bytes() * (height - 1) + (std::uint64_t{width} * bits + 7) / 8;
  }
  bool run_length() const noexcept { return compression == rle8 || compression == rle4; }
};

ImageResult<void> read_masks(ByteView bytes, BmpHeader& h) {
  const bool with_alpha = h.compression == alpha_bit_fields || h.header_bytes >= 56;
  const std::size_t at = file_header_bytes + 40;
  const std::size_t count = with_alpha ? 4 : 3;
  if (bytes.size() < at + 4 * count) return corrupt_bmp("is cut off in its header");
  for (std::size_t i = 0; i < count; ++i) h.masks[i] = le32(bytes, at + 4 * i);
  // In a 40-byte header the masks stand after it, where the palette would begin.
  if (h.header_bytes == 40) h.palette += 4 * count;
  if (h.masks[0] == 0 && h.masks[1] == 0 && h.masks[2] == 0) return corrupt_bmp("has empty color masks");
  return {};
}

ImageResult<BmpHeader> read_bmp_header(ByteView bytes) {
  if (bytes.size() < file_header_bytes + 12) return corrupt_bmp("is cut off in its header");
  BmpHeader h;
  h.data = le32(bytes, 10);
  h.header_bytes = le32(bytes, 14);
  if (bytes.size() < file_header_bytes + h.header_bytes) return corrupt_bmp("is cut off in its header");
  h.palette = file_header_bytes + h.header_bytes;
  if (h.header_bytes == 12) {
    h.width = le16(bytes, 18);
    h.height = le16(bytes, 20);
    h.bits = le16(bytes, 24);
    h.palette_entry_bytes = 3;
  } else {
    if (h.header_bytes < 16) return corrupt_bmp("has a header of an unknown kind");
    h.width = le32(bytes, 18);
    const auto height = static_cast<std::int32_t>(le32(bytes, 22));
    h.top_down = height < 0;
    h.height = static_cast<std::uint32_t>(h.top_down ? -std::int64_t{height} : height);
    h.bits = le16(bytes, 28);
    if (h.header_bytes >= 20) h.compression = le32(bytes, 30);
  }
  if (h.width == 0 || h.height == 0 || h.width > 0x7FFFFFFF) return corrupt_bmp("has no width or no height");
  const bool known_bits =
      h.bits == 1 || h.bits == 2 || h.bits == 4 || h.bits == 8 || h.bits == 16 || h.bits == 24 || h.bits == 32;
  const bool known_compression =
      h.compression == rgb || (h.compression == rle8 && h.bits == 8) || (h.compression == rle4 && h.bits == 4) ||
      ((h.compression == bit_fields || h.compression == alpha_bit_fields) && (h.bits == 16 || h.bits == 32));
  if (!known_bits || !known_compression || (h.run_length() && h.top_down))
    return image_fault(FaultCode::unsupported_format,
                       fmt::format("the BMP has {} bits a pixel and compression {}, which this build cannot convert",
                                   h.bits, h.compression));
  if (h.compression == bit_fields || h.compression == alpha_bit_fields) {
    VISIONSHARD_TRY(read_masks(bytes, h));
  } else if (h.bits == 16) {
    h.masks = {0x7C00, 0x03E0, 0x001F, 0};
  }
  return h;
}

// BITMAPV5HEADER: color space type 'MBED', and where the profile is, counted from the header's begin.
ByteView embedded_profile(ByteView bytes, const BmpHeader& h) {
  if (h.header_bytes < 124 || le32(bytes, file_header_bytes + 56) != 0x4D424544) return {};
  const std::size_t begin = file_header_bytes + std::size_t{le32(bytes, file_header_bytes + 112)};
  const std::size_t size = le32(bytes, file_header_bytes + 116);
  return begin <= bytes.size() && size <= bytes.size() - begin ? bytes.subspan(begin, size) : ByteView();
}

// A field of a pixel, widened to 8 bits so that the largest value is 255.
std::uint8_t field(std::uint32_t pixel, std::uint32_t mask) {
  if (mask == 0) return 0;
  const int shift = std::countr_zero(mask);
  const std::uint64_t most = mask >> shift;
  return static_cast<std::uint8_t>(((pixel & mask) >> shift) * std::uint64_t{255} / most);
}

class Decoder {
 public:
  Decoder(ByteView bytes, const BmpHeader& h) : bytes_(bytes), h_(h) {
    // A palette may be shorter than its depth allows; colors beyond it are black.
    const std::size_t room = h.data > h.palette ? (h.data - h.palette) / h.palette_entry_bytes : 0;
    const std::size_t colors = h.bits <= 8 ? std::min<std::size_t>(room, std::size_t{1} << h.bits) : 0;
    for (std::size_t i = 0; i < colors; ++i)
      for (std::size_t k = 0; k < 3; ++k) palette_[i][k] = u8(bytes, h.palette + i * h.palette_entry_bytes + 2 - k);
  }

  void plain_row(std::size_t from, std::uint8_t* to, std::size_t channels) const {
    for (std::uint32_t x = 0; x < h_.width; ++x, to += channels) {
      if (h_.bits <= 8) {
        const std::size_t per_byte = 8 / h_.bits;
        const unsigned shift = static_cast<unsigned>((per_byte - 1 - x % per_byte) * h_.bits);
        put(std::uint32_t{u8(bytes_, from + x / per_byte)} >> shift & ((1u << h_.bits) - 1), to);
      } else if (h_.masks[0] | h_.masks[1] | h_.masks[2]) {
        const std::uint32_t pixel =
            h_.bits == 16 ? le16(bytes_, from + 2 * std::size_t{x}) : le32(bytes_, from + 4 * std::size_t{x});
        for (std::size_t k = 0; k < channels; ++k) to[k] = field(pixel, h_.masks[k]);
      } else {
        const std::size_t at = from + std::size_t{x} * (h_.bits / 8);
        for (std::size_t k = 0; k < 3; ++k) to[k] = u8(bytes_, at + 2 - k);
      }
    }
  }

  // False where the codes end before the picture does.
  bool run_length_rows(Pixels& pixels) const {
    std::memset(pixels.data.data(), 0, pixels.data.size());
    for (std::uint32_t y = 0; y < h_.height; ++y)
      for (std::uint32_t x = 0; x < h_.width; ++x) put(0, pixels.row(y) + 3 * std::size_t{x});
    std::uint64_t x = 0, y = 0;
    for (std::size_t at = h_.data; at + 2 <= bytes_.size();) {
      const unsigned count = u8(bytes_, at), value = u8(bytes_, at + 1);
      at += 2;
      if (count > 0) {
        for (unsigned i = 0; i < count; ++i) place(pixels, x++, y, nibble_or_byte(value, i));
      } else if (value == 0) {
        x = 0;
        ++y;
      } else if (value == 1) {
        return true;
      } else if (value == 2) {
        if (at + 2 > bytes_.size()) return false;
        x += u8(bytes_, at);
        y += u8(bytes_, at + 1);
        at += 2;
      } else {
        const std::size_t size = h_.bits == 8 ? value : (value + 1) / 2;
        if (at + size > bytes_.size()) return false;
        for (unsigned i = 0; i < value; ++i)
          place(pixels, x++, y, h_.bits == 8 ? u8(bytes_, at + i) : nibble_or_byte(u8(bytes_, at + i / 2), i));
        at += (size + 1) / 2 * 2;
      }
      if (y >= h_.height) return true;
    }
    return y + 1 >= h_.height && x >= h_.width;
  }

 private:
  unsigned nibble_or_byte(unsigned value, unsigned i) const {
    return h_.bits == 8 ? value : i % 2 == 0 ? value >> 4 : value & 15;
  }
  void put(std::size_t index, std::uint8_t* to) const { std::memcpy(to, palette_[index].data(), 3); }
  void place(Pixels& pixels, std::uint64_t x, std::uint64_t y, unsigned index) const {
    if (x < h_.width && y < h_.height) put(index, pixels.row(h_.height - 1 - static_cast<std::uint32_t>(y)) + 3 * x);
  }

  ByteView bytes_;
  const BmpHeader& h_;
  std::array<std::array<std::uint8_t, 3>, 256> palette_{};
};

}  // namespace

ImageResult<ImageInfo> probe_bmp(ByteView bytes) {
  return read_bmp_header(bytes).map([&](const BmpHeader& h) {
    ImageInfo info;
    info.format = Format::bmp;
    info.width = h.width;
    info.height = h.height;
    info.model = h.masks[3] != 0 ? ColorModel::rgba : ColorModel::rgb;
    info.end = bytes.size();
    return info;
  });
}

ImageResult<Pixels> decode_bmp(ByteView bytes, const ImageInfo& info, Bytes& profile) {
  BmpHeader h = VISIONSHARD_TRY(read_bmp_header(bytes));
  // Some writers leave the offset out.
  if (h.data < h.palette) {
    const std::uint32_t used = h.header_bytes >= 40 ? le32(bytes, 46) : 0;
    const std::uint32_t colors = h.bits > 8 ? 0 : used > 0 && used <= 256 ? used : 1u << h.bits;
    h.data = h.palette + colors * h.palette_entry_bytes;
  }
  if (h.data > bytes.size() || (!h.run_length() && h.data_bytes() > bytes.size() - h.data))
    return corrupt_bmp(fmt::format("is cut off: {} bytes cannot hold {} x {} pixels", bytes.size(), h.width, h.height));
  profile.append(embedded_profile(bytes, h));
  const std::uint32_t channels = info.model == ColorModel::rgba ? 4 : 3;
  Pixels pixels(info.width, info.height, channels);
  const Decoder decoder(bytes, h);
  if (h.run_length()) {
    if (!decoder.run_length_rows(pixels)) return corrupt_bmp("is cut off in its run-length codes");
    return pixels;
  }
  for (std::uint32_t y = 0; y < info.height; ++y)
    decoder.plain_row(h.data + h.row_bytes() * y, pixels.row(h.top_down ? y : info.height - 1 - y), channels);
  return pixels;
}

}  // namespace visionshard::codec
