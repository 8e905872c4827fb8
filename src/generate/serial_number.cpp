#include "generate/serial_number.h"

#include <algorithm>
#include <string>

#include "codec/byte_order.h"
#include "generate/odd_formats.h"

namespace visionshard::generate {
namespace {

using codec::Format;

constexpr std::size_t digit_count = 16;
constexpr std::size_t png_type_and_key_bytes = 4 + 8;

void append_le32(Bytes& out, std::uint64_t value) {
  std::byte bytes[4];
  for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
  out.append(bytes);
}

// RFC 9649, section 2.7: RIFF header, VP8X with no flags and the sizes less one, our chunk, the picture.
Bytes extended_webp(ByteView simple, std::string_view digits, std::size_t& digits_at) {
  constexpr std::size_t header_bytes = 12, vp8x_bytes = 8 + 10;
  const ByteView picture = simple.subspan(header_bytes);
  const unsigned width = codec::le16(picture, 14) & 0x3FFF, height = codec::le16(picture, 16) & 0x3FFF;
  Bytes out;
  out.append(as_bytes("RIFF"));
  append_le32(out, 4 + vp8x_bytes + 8 + digits.size() + picture.size());
  out.append(as_bytes("WEBPVP8X"));
  append_le32(out, 10);
  append_le32(out, 0);
  const std::uint64_t sizes = std::uint64_t{height - 1} << 24 | (width - 1);
  append_le32(out, sizes);
  append_le32(out, sizes >> 32);
  out.resize(header_bytes + vp8x_bytes);
  out.append(as_bytes("SERI"));
  append_le32(out, digits.size());
  digits_at = out.size();
  out.append(as_bytes(digits));
  out.append(picture);
  return out;
}

Bytes with_insertion(ByteView file, std::size_t at, ByteView inserted) {
  Bytes out(file.size() + inserted.size());
  std::copy_n(file.begin(), at, out.data());
  std::copy(inserted.begin(), inserted.end(), out.data() + at);
  std::copy(file.begin() + static_cast<std::ptrdiff_t>(at), file.end(), out.data() + at + inserted.size());
  return out;
}

}  // namespace

SerialPlace make_room_for_serial_number(Format format, Bytes& file) {
  const std::string digits(digit_count, '0');
  std::size_t digits_at = 0, end = 0;
  if (format == Format::jpeg) {
    const std::size_t at = 4 + std::size_t{codec::be16(file, 4)};
    Bytes segment;
    segment.append(as_bytes(std::string_view("\xFF\xFE\0\x12", 4)));
    segment.append(as_bytes(digits));
    file = with_insertion(file, at, segment);
    digits_at = at + 4;
    end = digits_at + digit_count;
  } else if (format == Format::png) {
    constexpr std::size_t at = 8 + 12 + 13;
    Bytes chunk;
    append_png_chunk(chunk, "tEXt", as_bytes(std::string("Comment\0", 8) + digits));
    file = with_insertion(file, at, chunk);
    digits_at = at + 4 + png_type_and_key_bytes;
    end = at + chunk.size();
  } else {
    file = extended_webp(file, digits, digits_at);
    end = digits_at + digit_count;
  }
  SerialPlace place;
  place.png_checksum = format == Format::png;
  place.begin = (digits_at - (place.png_checksum ? png_type_and_key_bytes : 0)) / 3 * 3;
  place.end = std::min((end + 2) / 3 * 3, file.size());
  place.digits = digits_at - place.begin;
  return place;
}

void write_serial_number(const SerialPlace& place, std::uint64_t number, std::span<std::byte> piece) noexcept {
  for (std::size_t i = digit_count; i > 0; --i, number /= 10)
    piece[place.digits + i - 1] = static_cast<std::byte>('0' + number % 10);
  if (!place.png_checksum) return;
  const std::uint32_t checksum = png_checksum(
      ByteView(piece).subspan(place.digits - png_type_and_key_bytes, png_type_and_key_bytes + digit_count));
  for (unsigned i = 0; i < 4; ++i)
    piece[place.digits + digit_count + i] = static_cast<std::byte>(checksum >> (24 - 8 * i));
}

}  // namespace visionshard::generate
