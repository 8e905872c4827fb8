#include "codec/webp/bitstream.h"

#include <fmt/format.h>

#include "codec/byte_order.h"
#include "codec/webp/vp8l_codes.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

tl::unexpected<ImageFault> corrupt_bitstream(const char* what) {
  return image_fault(FaultCode::corrupt_image, fmt::format("the WebP's {}", what));
}

// The boolean decoder of RFC 6386 section 7, for the bits of equal probability that headers are made of.
class BoolReader {
 public:
  explicit BoolReader(ByteView data) : data_(data) {}

  bool flag() {
    if (spare_bits_ < 0) load();
    const std::uint32_t split = 1 + ((range_ - 1) * 128 >> 8);
    const std::uint32_t whole_split = split << spare_bits_;
    const bool is_set = value_ >= whole_split;
    if (is_set) value_ -= whole_split;
    range_ = is_set ? range_ - split : split;
    for (; range_ < 128; range_ <<= 1) --spare_bits_;
    return is_set;
  }
  unsigned number(unsigned bits) {
    unsigned n = 0;
    while (bits-- > 0) n = n << 1 | flag();
    return n;
  }
  // A value that is present if its flag is set, with `bits` bits and perhaps a sign.
  void skip_optional(unsigned bits) {
    if (flag()) number(bits);
  }
  bool is_past_end() const { return past_end_; }

 private:
  void load() {
    past_end_ |= at_ == data_.size();
    value_ = value_ << 8 | (at_ < data_.size() ? u8(data_, at_++) : 0u);
    spare_bits_ += 8;
  }

  ByteView data_;
  std::size_t at_ = 0;
  std::uint32_t value_ = 0, range_ = 255;
  int spare_bits_ = -8;  // read, and not yet needed for the next comparison of 8 bits
  bool past_end_ = false;
};

// RFC 6386 sections 9.2 to 9.5 and 19.2, up to the number of partitions.
unsigned read_partition_count(BoolReader& bits) {
  bits.number(2);  // color space, clamping
  if (bits.flag()) {
    const bool has_map = bits.flag();
    if (bits.flag()) {
      bits.flag();
      for (int i = 0; i < 4; ++i) bits.skip_optional(8);  // quantizers, 7 bits and a sign
      for (int i = 0; i < 4; ++i) bits.skip_optional(7);  // loop filter strengths
    }
    for (int i = 0; has_map && i < 3; ++i) bits.skip_optional(8);
  }
  bits.number(1 + 6 + 3);  // loop filter: kind, level, sharpness
  if (bits.flag() && bits.flag())
    for (int i = 0; i < 8; ++i) bits.skip_optional(7);
  return 1u << bits.number(2);
}

}  // namespace

ImageResult<WebpBitstream> read_vp8_header(ByteView data) {
  constexpr std::size_t header_bytes = 10;
  if (data.size() < header_bytes) return corrupt_bitstream("VP8 data is cut off");
  const std::uint32_t tag = le24(data, 0);
  if ((tag & 1) != 0 || !text_at(data, 3, "\x9D\x01\x2A"sv)) return corrupt_bitstream("VP8 data is no key frame");
  if ((tag >> 1 & 7) > 3) return corrupt_bitstream("VP8 data is of an unknown version");
  if ((tag >> 4 & 1) == 0) return corrupt_bitstream("VP8 frame is marked as not shown");
  const std::size_t first_bytes = tag >> 5;
  if (first_bytes > data.size() - header_bytes) return corrupt_bitstream("first VP8 partition is cut off");
  BoolReader bits(data.subspan(header_bytes, first_bytes));
  const std::size_t partitions = read_partition_count(bits);
  bits.number(7);                                     // quantizer
  for (int i = 0; i < 5; ++i) bits.skip_optional(5);  // differences from it
  if (bits.is_past_end()) return corrupt_bitstream("VP8 header is cut off");
  // The prediction modes of a macroblock have fixed probabilities (section 11.2), of which the likeliest cost 3.4 bits.
  const std::uint32_t width = le16(data, 6) & 0x3FFFu, height = le16(data, 8) & 0x3FFFu;
  constexpr std::uint64_t min_mode_bits = 3;
  if (min_mode_bits * ((width + 15) / 16) * ((height + 15) / 16) > 8 * first_bytes + 16)
    return corrupt_bitstream("first VP8 partition is too short for the picture's size");
  // Libwebp makes partitions shorter that are longer than what is left, but there must be something left for the last.
  const ByteView rest = data.subspan(header_bytes + first_bytes);
  std::size_t at = 3 * (partitions - 1);
  for (std::size_t i = 0; i + 1 < partitions && at < rest.size(); ++i) at += le24(rest, 3 * i);
  if (at >= rest.size()) return corrupt_bitstream("VP8 partitions are cut off");
  return WebpBitstream{width, height};
}

ImageResult<WebpBitstream> read_vp8l_header(ByteView data) {
  if (data.size() < 5 || u8(data, 0) != 0x2F) return corrupt_bitstream("VP8L data has no signature");
  const std::uint32_t bits = le32(data, 1);
  if (bits >> 29 != 0) return corrupt_bitstream("VP8L data is of an unknown version");
  if (!has_sound_vp8l_codes(data.subspan(5))) return corrupt_bitstream("VP8L data starts with impossible codes");
  return WebpBitstream{(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, (bits >> 28 & 1) != 0};
}

ImageResult<void> check_alpha_header(ByteView data, std::uint32_t width, std::uint32_t height) {
  if (data.size() < 2) return corrupt_bitstream("alpha is cut off");
  const unsigned method = u8(data, 0) & 3, preprocessing = u8(data, 0) >> 4 & 3, reserved = u8(data, 0) >> 6;
  // Libwebp ignores the lower reserved bit.
  if (method > 1 || preprocessing > 1 || reserved > 1) return corrupt_bitstream("alpha is of an unknown kind");
  if (method == 1 && !has_sound_vp8l_codes(data.subspan(1)))
    return corrupt_bitstream("alpha starts with impossible codes");
  if (method == 0 && data.size() - 1 < std::uint64_t{width} * height) return corrupt_bitstream("alpha is cut off");
  return {};
}

}  // namespace visionshard::codec
