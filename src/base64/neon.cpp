#if defined(__aarch64__)

#include <arm_neon.h>

#include "base64/alphabet.h"
#include "base64/kernels.h"

namespace visionshard::base64 {
namespace {

uint8x16x4_t load_table(const void* entries) noexcept { return vld1q_u8_x4(static_cast<const std::uint8_t*>(entries)); }

// Six-bit values; bit 7 set for a character outside the alphabet. A lookup beyond a table gives 0 (or leaves the
// other table's result), so characters from 0x80 on are marked by their own bit 7.
uint8x16_t lookup(uint8x16x4_t low, uint8x16x4_t high, uint8x16_t text) noexcept {
  const uint8x16_t value = vqtbx4q_u8(vqtbl4q_u8(low, text), high, veorq_u8(text, vdupq_n_u8(0x40)));
  return vorrq_u8(value, vandq_u8(text, vdupq_n_u8(0x80)));
}

std::size_t decode_groups(const char* text, std::size_t length, std::byte* out) noexcept {
  const uint8x16x4_t low = load_table(values.data());
  const uint8x16x4_t high = load_table(values.data() + 64);
  std::size_t at = 0;
  for (; at + 64 <= length; at += 64) {
    const uint8x16x4_t group = vld4q_u8(reinterpret_cast<const std::uint8_t*>(text + at));
    const uint8x16_t first = lookup(low, high, group.val[0]);
    const uint8x16_t second = lookup(low, high, group.val[1]);
    const uint8x16_t third = lookup(low, high, group.val[2]);
    const uint8x16_t fourth = lookup(low, high, group.val[3]);
    if (vmaxvq_u8(vorrq_u8(vorrq_u8(first, second), vorrq_u8(third, fourth))) >= no_value) break;
    uint8x16x3_t bytes;
    bytes.val[0] = vorrq_u8(vshlq_n_u8(first, 2), vshrq_n_u8(second, 4));
    bytes.val[1] = vorrq_u8(vshlq_n_u8(second, 4), vshrq_n_u8(third, 2));
    bytes.val[2] = vorrq_u8(vshlq_n_u8(third, 6), fourth);
    vst3q_u8(reinterpret_cast<std::uint8_t*>(out + at / 4 * 3), bytes);
  }
  return at + scalar_kernel.decode_groups(text + at, length - at, out + at / 4 * 3);
}

std::size_t copy_alphabet(const char* text, std::size_t length, char* out) noexcept {
  const uint8x16x4_t low = load_table(values.data());
  const uint8x16x4_t high = load_table(values.data() + 64);
  std::size_t at = 0;
  for (; at + 16 <= length; at += 16) {
    const uint8x16_t block = vld1q_u8(reinterpret_cast<const std::uint8_t*>(text + at));
    const uint8x16_t slashed = vbslq_u8(vceqq_u8(block, vdupq_n_u8('_')), vdupq_n_u8('/'), block);
    const uint8x16_t standard = vbslq_u8(vceqq_u8(block, vdupq_n_u8('-')), vdupq_n_u8('+'), slashed);
    vst1q_u8(reinterpret_cast<std::uint8_t*>(out + at), standard);
    const uint8x16_t bad = vcltzq_s8(vreinterpretq_s8_u8(lookup(low, high, standard)));
    // Four bits of each byte: the nearest NEON has to a byte mask.
    const std::uint64_t mask = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(bad), 4)), 0);
    if (mask != 0) return at + static_cast<unsigned>(std::countr_zero(mask)) / 4;
  }
  return at + scalar_kernel.copy_alphabet(text + at, length - at, out + at);
}

void encode(const std::byte* bytes, std::size_t length, char* out) noexcept {
  const uint8x16x4_t characters = load_table(alphabet.data());
  const uint8x16_t six_bits = vdupq_n_u8(63);
  std::size_t at = 0;
  for (; at + 48 <= length; at += 48) {
    const uint8x16x3_t group = vld3q_u8(reinterpret_cast<const std::uint8_t*>(bytes + at));
    uint8x16x4_t text;
    text.val[0] = vshrq_n_u8(group.val[0], 2);
    text.val[1] = vandq_u8(vorrq_u8(vshlq_n_u8(group.val[0], 4), vshrq_n_u8(group.val[1], 4)), six_bits);
    text.val[2] = vandq_u8(vorrq_u8(vshlq_n_u8(group.val[1], 2), vshrq_n_u8(group.val[2], 6)), six_bits);
    text.val[3] = vandq_u8(group.val[2], six_bits);
    for (uint8x16_t& place : text.val) place = vqtbl4q_u8(characters, place);
    vst4q_u8(reinterpret_cast<std::uint8_t*>(out + at / 3 * 4), text);
  }
  scalar_kernel.encode(bytes + at, length - at, out + at / 3 * 4);
}

}  // namespace

constinit const KernelFunctions neon_kernel{decode_groups, copy_alphabet, encode};

}  // namespace visionshard::base64

#endif
