#include "codec/heif/streams.h"

#include <algorithm>

#include "codec/byte_order.h"

namespace visionshard::codec {
namespace {

// Reads bits from the highest of each byte. After the end it returns zeros, and `over()` is true.
class Bits {
 public:
  explicit Bits(ByteView bytes) : bytes_(bytes) {}

  std::uint32_t read(unsigned count) noexcept {
    std::uint32_t value = 0;
    for (; count > 0; --count, ++at_)
      value = value << 1 | (at_ / 8 < bytes_.size() ? u8(bytes_, at_ / 8) >> (7 - at_ % 8) & 1u : 0u);
    return value;
  }
  void skip(std::size_t count) noexcept { at_ += count; }
  // ue(v) of HEVC, section 9.2, and uvlc() of AV1, section 4.10.3.
  std::uint32_t exponential() noexcept {
    unsigned zeros = 0;
    while (!over() && zeros < 32 && read(1) == 0) ++zeros;
    return zeros < 32 ? read(zeros) + ((1u << zeros) - 1) : UINT32_MAX;
  }
  bool over() const noexcept { return at_ > 8 * bytes_.size(); }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
};

// AV1 Bitstream & Decoding Process Specification, section 5.5.1.
std::uint64_t sequence_header_pixels(ByteView payload) noexcept {
  Bits bits(payload);
  bits.skip(4);  // seq_profile, still_picture
  if (bits.read(1) != 0) {
    bits.skip(5);  // seq_level_idx of a reduced still picture header
  } else {
    unsigned delay_bits = 0;
    bool has_decoder_model = false;
    if (bits.read(1) != 0) {  // timing_info_present_flag
      bits.skip(64);
      if (bits.read(1) != 0) bits.exponential();
      has_decoder_model = bits.read(1) != 0;
      if (has_decoder_model) {
        delay_bits = bits.read(5) + 1;
        bits.skip(32 + 5 + 5);
      }
    }
    const bool has_display_delay = bits.read(1) != 0;
    for (std::uint32_t points = bits.read(5) + 1; points > 0; --points) {
      bits.skip(12);
      if (bits.read(5) > 7) bits.skip(1);
      if (has_decoder_model && bits.read(1) != 0) bits.skip(2 * delay_bits + 1);
      if (has_display_delay && bits.read(1) != 0) bits.skip(4);
    }
  }
  const unsigned width_bits = bits.read(4) + 1, height_bits = bits.read(4) + 1;
  const std::uint64_t width = bits.read(width_bits) + 1, height = bits.read(height_bits) + 1;
  return bits.over() ? 0 : width * height;
}

}  // namespace

// Section 5.3: each OBU is a header of one or two bytes, its length, and its payload.
std::uint64_t av1_stream_pixels(ByteView obus) noexcept {
  std::uint64_t most = 0;
  for (std::size_t at = 0; at < obus.size();) {
    const unsigned header = u8(obus, at);
    at += (header & 4) != 0 ? 2 : 1;
    std::uint64_t length = at < obus.size() ? obus.size() - at : 0;
    if ((header & 2) != 0) {
      length = 0;
      for (unsigned shift = 0; shift < 56 && at < obus.size(); shift += 7) {
        const std::uint64_t byte = u8(obus, at++);
        length |= (byte & 0x7F) << shift;
        if (byte < 0x80) break;
      }
    }
    if (at > obus.size() || length > obus.size() - at) break;
    constexpr unsigned sequence_header = 1;
    const ByteView payload = obus.subspan(at, static_cast<std::size_t>(length));
    if ((header >> 3 & 15) == sequence_header) most = std::max(most, sequence_header_pixels(payload));
    at += payload.size();
  }
  return most;
}

// ITU-T H.265, sections 7.3.2.2 and 7.3.3.
std::uint64_t hevc_parameter_set_pixels(ByteView nal) {
  // Without the bytes that keep start codes out (section 7.3.1.1); what is read here is near the begin.
  Bytes plain;
  for (std::size_t at = 2; at < std::min<std::size_t>(nal.size(), 256); ++at)
    if (!(at >= 4 && u8(nal, at) == 3 && u8(nal, at - 1) == 0 && u8(nal, at - 2) == 0))
      plain.append(nal.subspan(at, 1));
  Bits bits(plain);
  bits.skip(4);
  const unsigned sub_layers = bits.read(3);
  bits.skip(1 + 96);
  std::uint32_t has_profile = 0, has_level = 0;
  for (unsigned i = 0; i < sub_layers; ++i) {
    has_profile += bits.read(1);
    has_level += bits.read(1);
  }
  if (sub_layers > 0) bits.skip(2 * (8 - sub_layers));
  bits.skip(88 * has_profile + 8 * has_level);
  bits.exponential();
  constexpr std::uint32_t chroma_444 = 3;
  if (bits.exponential() == chroma_444) bits.skip(1);
  const std::uint64_t width = bits.exponential(), height = bits.exponential();
  return bits.over() ? 0 : width * height;
}

std::uint64_t hevc_stream_pixels(ByteView units, std::size_t length_bytes) {
  std::uint64_t most = 0;
  for (std::size_t at = 0; units.size() - at > length_bytes;) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | u8(units, at++);
    if (length > units.size() - at) break;
    constexpr unsigned sequence_parameter_set = 33;
    if (length > 0 && (u8(units, at) >> 1 & 63) == sequence_parameter_set)
      most = std::max(most, hevc_parameter_set_pixels(units.subspan(at, length)));
    at += length;
  }
  return most;
}

}  // namespace visionshard::codec
