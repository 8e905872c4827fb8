#include "codec/png/text.h"

#include <libdeflate.h>

#include <memory>
#include <new>
#include <optional>

#include "base/ascii.h"
#include "codec/byte_order.h"
#include "codec/png/structure.h"

namespace visionshard::codec {
namespace {

// The part before the next zero byte, which is taken off `rest` with it. Nothing where there is none.
std::optional<std::string_view> field(ByteView& rest) {
  const std::string_view text = as_text(rest);
  const std::size_t zero = text.find('\0');
  if (zero == std::string_view::npos) return std::nullopt;
  rest = rest.subspan(zero + 1);
  return text.substr(0, zero);
}

// False where it is too much; damaged streams are empty texts, as decoders have it.
bool inflate_text(ByteView packed, Bytes& out) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!inflater) throw std::bad_alloc();
  out.resize(max_text_bytes);
  std::size_t size = 0;
  const auto result =
      libdeflate_zlib_decompress(inflater.get(), packed.data(), packed.size(), out.data(), out.size(), &size);
  out.resize(result == LIBDEFLATE_SUCCESS ? size : 0);
  return result != LIBDEFLATE_INSUFFICIENT_SPACE;
}

// "\nexif\n      78\n" and then the block, 36 bytes a line.
Bytes raw_profile(std::string_view text) {
  Bytes block;
  std::size_t at = 0;
  for (int lines = 0; lines < 3; ++lines) {
    at = text.find('\n', at);
    if (at == std::string_view::npos) return block;
    ++at;
  }
  int high = -1;
  for (; at < text.size(); ++at) {
    const int digit = ascii::hex_value(text[at]);
    if (digit < 0) continue;
    if (high >= 0) {
      const std::byte byte{static_cast<unsigned char>(high << 4 | digit)};
      block.append({&byte, 1});
    }
    high = high >= 0 ? -1 : digit;
  }
  return block;
}

}  // namespace

PngText read_png_text(std::uint32_t type, ByteView data) {
  PngText read;
  const auto keyword = field(data);
  if (!keyword) return read;
  read.keyword = *keyword;
  bool packed = type == png_type("zTXt");
  if (packed) {
    // The method, of which there is one.
    read.refused = !data.empty() && data[0] != std::byte{0};
    if (data.empty() || read.refused) return read;
    data = data.subspan(1);
  } else if (type == png_type("iTXt")) {
    if (data.size() < 2) return read;
    packed = data[0] != std::byte{0};
    if (packed && data[1] != std::byte{0}) return read;
    data = data.subspan(2);
    if (!field(data) || !field(data)) return read;  // language and translated keyword
  }
  if (packed) {
    read.refused = !inflate_text(data, read.text);
    read.in_vain = read.text.empty();
  } else {
    read.text.append(data);
  }
  return read;
}

bool is_refused_profile(ByteView data) {
  if (!field(data) || data.empty() || data[0] != std::byte{0}) return true;
  Bytes profile;
  return !inflate_text(data.subspan(1), profile);
}

void read_orientation(const PngText& text, MetadataOrientation& orientation) {
  constexpr std::string_view raw = "Raw profile type ";
  if (text.keyword == "XML:com.adobe.xmp") return orientation.read_xmp(text.text);
  if (!text.keyword.starts_with(raw)) return;
  const std::string_view kind = text.keyword.substr(raw.size());
  if (kind == "exif" || kind == "APP1" || kind == "xmp") orientation.read_text_profile(raw_profile(as_text(text.text)));
}

}  // namespace visionshard::codec
