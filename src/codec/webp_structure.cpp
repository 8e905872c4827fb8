#include "codec/webp_structure.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/byte_order.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

tl::unexpected<ImageFault> corrupt(std::string detail) {
  return image_fault(FaultCode::corrupt_image, std::move(detail));
}

struct Size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

// RFC 6386 section 9.1: a key frame starts with three bytes of tag, a start code and two 14-bit sizes.
ImageResult<Size> read_lossy_header(ByteView data) {
  if (data.size() < 10) return corrupt("the WebP's VP8 data is cut off");
  const std::uint32_t tag = le24(data, 0);
  if ((tag & 1) != 0 || !text_at(data, 3, "\x9D\x01\x2A"sv)) return corrupt("the WebP's VP8 data is no key frame");
  if ((tag >> 5) > data.size() - 10) return corrupt("the WebP's first VP8 partition is cut off");
  return Size{le16(data, 6) & 0x3FFFu, le16(data, 8) & 0x3FFFu};
}

// RFC 9649 section 3.4.
ImageResult<Size> read_lossless_header(ByteView data, bool& has_alpha) {
  if (data.size() < 5 || u8(data, 0) != 0x2F) return corrupt("the WebP's VP8L data has no signature");
  const std::uint32_t bits = le32(data, 1);
  if (bits >> 29 != 0) return corrupt("the WebP's VP8L data is of an unknown version");
  has_alpha = bits >> 28 & 1;
  return Size{(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1};
}

}  // namespace

ImageResult<WebpStructure> read_webp_structure(ByteView bytes) {
  if (bytes.size() < 20) return corrupt("the WebP is cut off in its header");
  WebpStructure s;
  s.info.format = Format::webp;
  const std::size_t end = 8 + std::size_t{le32(bytes, 4)};
  if (end > bytes.size())
    return corrupt(fmt::format("the WebP is cut off: {} of {} bytes are there", bytes.size(), end));
  bool extended = false, has_image = false, has_exif = false;
  Size image;
  for (std::size_t at = 12; at + 8 <= end;) {
    const std::size_t length = le32(bytes, at + 4);
    if (length > end - at - 8) return corrupt(fmt::format("the WebP's chunk at byte {} is cut off", at));
    const std::string_view name = as_text(bytes.subspan(at, 4));
    ByteView data = bytes.subspan(at + 8, length);
    if (name == "VP8X" && at == 12) {
      if (length != 10) return corrupt("the WebP's VP8X chunk is of a wrong length");
      extended = true;
      s.info.animated = u8(data, 0) & 0x02;
      s.has_alpha = u8(data, 0) & 0x10;
      has_exif = u8(data, 0) & 0x08;
      s.info.width = le24(data, 4) + 1;
      s.info.height = le24(data, 7) + 1;
    } else if ((name == "VP8 " || name == "VP8L") && !has_image) {
      const auto size = name == "VP8 " ? read_lossy_header(data) : read_lossless_header(data, s.has_alpha);
      if (!size) return tl::unexpected(size.error());
      image = *size;
      s.lossless = name == "VP8L";
      has_image = true;
    } else if (name == "ANMF" && !has_image) {
      if (length < 24) return corrupt("the WebP's first frame is cut off");
      s.lossless = text_at(data, 16, "VP8L");
      image = {s.info.width, s.info.height};
      has_image = true;
    } else if (name == "ICCP" && s.icc_bytes == 0) {
      s.icc_offset = at + 8;
      s.icc_bytes = length;
    } else if (name == "EXIF" && has_exif) {
      has_exif = false;  // of several the first counts
      if (text_at(data, 0, "Exif\0\0"sv)) data = data.subspan(6);
      s.info.orientation = exif_orientation(data);
    }
    at += 8 + length + (length & 1);
  }
  if (!has_image) return corrupt("the WebP holds no image");
  if (!extended) {
    s.info.width = image.width;
    s.info.height = image.height;
  } else if (!s.info.animated && (image.width != s.info.width || image.height != s.info.height)) {
    return corrupt(fmt::format("the WebP's canvas is {} x {}, but its image {} x {}", s.info.width, s.info.height,
                               image.width, image.height));
  }
  if (s.info.width == 0 || s.info.height == 0) return corrupt("the WebP has no width or no height");
  s.info.model = s.has_alpha ? ColourModel::rgba : ColourModel::rgb;
  s.info.end = std::min(end, bytes.size());
  return s;
}

Bytes webp_without_metadata(ByteView bytes) {
  constexpr std::byte exif_and_xmp{0x0C};  // flags of VP8X
  const std::size_t end = 8 + std::size_t{le32(bytes, 4)};
  Bytes out;
  out.append(bytes.first(12));
  for (std::size_t at = 12; at + 8 <= end;) {
    const std::size_t length = le32(bytes, at + 4);
    const std::string_view name = as_text(bytes.subspan(at, 4));
    const bool is_picture = name == "VP8X" || name == "VP8 " || name == "VP8L" || name == "ALPH" || name == "ICCP" ||
                            name == "ANIM" || name == "ANMF";
    const std::size_t next = std::min(at + 8 + length + (length & 1), end);
    const std::size_t flags = out.size() + 8;
    if (is_picture) out.append(bytes.subspan(at, next - at));
    if (name == "VP8X") out.data()[flags] &= ~exif_and_xmp;
    at = next;
  }
  const auto size = static_cast<std::uint32_t>(out.size() - 8);
  for (unsigned i = 0; i < 4; ++i) out.data()[4 + i] = static_cast<std::byte>(size >> 8 * i);
  return out;
}

}  // namespace visionshard::codec
