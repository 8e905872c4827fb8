#include "codec/webp/structure.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/byte_order.h"
#include "codec/orientation.h"
#include "codec/webp/bitstream.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

// Flags of VP8X (RFC 9649 section 2.7).
constexpr unsigned icc_flag = 0x20, alpha_flag = 0x10, exif_flag = 0x08, xmp_flag = 0x04, animation_flag = 0x02;
constexpr std::size_t frame_header_bytes = 16;  // of ANMF

tl::unexpected<ImageFault> corrupt(std::string detail) {
  return image_fault(FaultCode::corrupt_image, std::move(detail));
}

// Chunks one after the other, as libwebp's demultiplexer goes through them.
class ChunkReader {
 public:
  ChunkReader(ByteView bytes, std::size_t begin, std::size_t end) : bytes_(bytes), at_(begin), end_(end) {}

  bool is_at_end() const { return at_ + 8 > end_; }
  bool is_cut_off() const { return le32(bytes_, at_ + 4) > end_ - at_ - 8; }
  std::size_t offset() const { return at_; }
  std::string_view name() const { return as_text(bytes_.subspan(at_, 4)); }
  WebpChunk data() const { return {at_ + 8, le32(bytes_, at_ + 4)}; }
  void skip() {
    const std::size_t length = data().bytes;
    at_ = std::min(at_ + 8 + length + (length & 1), end_);
  }

 private:
  ByteView bytes_;
  std::size_t at_, end_;
};

class Walk {
 public:
  explicit Walk(ByteView bytes) : bytes_(bytes) { s_.info.format = Format::webp; }

  ImageResult<WebpStructure> run() {
    if (bytes_.size() < 20) return corrupt("the WebP is cut off in its header");
    const std::size_t end = 8 + std::size_t{le32(bytes_, 4)};
    if (end > bytes_.size())
      return corrupt(fmt::format("the WebP is cut off: {} of {} bytes are there", bytes_.size(), end));
    for (ChunkReader at(bytes_, 12, end); !at.is_at_end(); at.skip()) {
      if (at.is_cut_off()) return corrupt(fmt::format("the WebP's chunk at byte {} is cut off", at.offset()));
      VISIONSHARD_TRY(chunk(at));
    }
    return finish(end);
  }

 private:
  ImageResult<void> chunk(const ChunkReader& at) {
    const std::string_view name = at.name();
    const WebpChunk chunk = at.data();
    if (name == "VP8X" && at.offset() == 12) return extended_header(chunk.in(bytes_));
    if (s_.info.animated) {
      if (name == "ANMF" && s_.image.bytes == 0) return frame(chunk);
    } else if (name == "ALPH" || ((name == "VP8 " || name == "VP8L") && s_.image.bytes == 0)) {
      return image(name, chunk);
    }
    // Of several the first counts, and none that VP8X does not announce.
    if (name == "ICCP") take(icc_flag, s_.icc, chunk);
    if (name == "EXIF") take(exif_flag, s_.exif, chunk);
    if (name == "XMP ") take(xmp_flag, s_.xmp, chunk);
    return {};
  }

  void take(unsigned flag, WebpChunk& to, const WebpChunk& chunk) {
    if ((flags_ & flag) != 0) to = chunk;
    flags_ &= ~flag;
  }

  ImageResult<void> extended_header(ByteView data) {
    if (data.size() != 10) return corrupt("the WebP's VP8X chunk is of a wrong length");
    extended_ = true;
    flags_ = u8(data, 0);
    s_.info.animated = flags_ & animation_flag;
    s_.has_alpha = flags_ & alpha_flag;
    s_.info.width = le24(data, 4) + 1;
    s_.info.height = le24(data, 7) + 1;
    return {};
  }

  // The alpha that stands before the image counts.
  ImageResult<void> image(std::string_view name, const WebpChunk& chunk) {
    if (name == "ALPH") {
      if (s_.image.bytes == 0 && s_.alpha.bytes == 0) s_.alpha = chunk;
      return {};
    }
    s_.lossless = name == "VP8L";
    s_.image = chunk;
    const auto header =
        VISIONSHARD_TRY(s_.lossless ? read_vp8l_header(chunk.in(bytes_)) : read_vp8_header(chunk.in(bytes_)));
    width_ = header.width;
    height_ = header.height;
    // Where VP8X does not announce alpha, decoders do not look at it.
    if (extended_ && (flags_ & alpha_flag) == 0) s_.alpha = {};
    s_.frame_has_alpha = header.has_alpha || s_.alpha.bytes > 0;
    if (s_.alpha.bytes > 0) return check_alpha_header(s_.alpha.in(bytes_), width_, height_);
    return {};
  }

  ImageResult<void> frame(const WebpChunk& frame) {
    if (frame.bytes < frame_header_bytes + 8) return corrupt("the WebP's first frame is cut off");
    s_.alpha = {};
    ChunkReader at(bytes_, frame.offset + frame_header_bytes, frame.offset + frame.bytes);
    for (; !at.is_at_end() && s_.image.bytes == 0; at.skip()) {
      if (at.is_cut_off()) return corrupt("the WebP's first frame is cut off");
      if (at.name() != "ALPH" && at.name() != "VP8 " && at.name() != "VP8L") break;
      VISIONSHARD_TRY(image(at.name(), at.data()));
    }
    const ByteView header = frame.in(bytes_);
    starts_at_origin_ = le24(header, 0) == 0 && le24(header, 3) == 0;
    return {};
  }

  ImageResult<WebpStructure> finish(std::size_t end) {
    if (s_.image.bytes == 0) return corrupt("the WebP holds no image");
    ImageInfo& info = s_.info;
    if (!extended_) {
      info.width = width_;
      info.height = height_;
    }
    const bool covers = width_ == info.width && height_ == info.height;
    if (!info.animated && !covers)
      return corrupt(
          fmt::format("the WebP's canvas is {} x {}, but its image {} x {}", info.width, info.height, width_, height_));
    if (info.width == 0 || info.height == 0) return corrupt("the WebP has no width or no height");
    // Alpha in lossless data cannot be left out where the file does not announce it.
    const bool has_hidden_alpha = s_.frame_has_alpha && !s_.has_alpha;
    info.has_whole_first_frame = info.animated && starts_at_origin_ && covers && !has_hidden_alpha;
    if (!info.animated) s_.has_alpha |= s_.lossless && s_.frame_has_alpha;
    info.model = s_.has_alpha ? ColorModel::rgba : ColorModel::rgb;
    MetadataOrientation orientation;
    orientation.read_exif(s_.exif.in(bytes_));
    orientation.read_xmp(s_.xmp.in(bytes_));
    info.orientation = orientation.value();
    info.end = end;
    return s_;
  }

  ByteView bytes_;
  WebpStructure s_;
  unsigned flags_ = 0;  // of VP8X, less those whose chunk was found
  bool extended_ = false, starts_at_origin_ = false;
  std::uint32_t width_ = 0, height_ = 0;  // of the image or the first frame
};

void append_le32(Bytes& out, std::uint32_t value) {
  const std::uint8_t b[] = {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
                            static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
  out.append(std::as_bytes(std::span(b)));
}

void append_chunk(Bytes& out, std::string_view name, ByteView data) {
  out.append(as_bytes(name));
  append_le32(out, static_cast<std::uint32_t>(data.size()));
  out.append(data);
  if (data.size() % 2 == 1) out.append(as_bytes("\0"sv));
}

void append_extended_header(Bytes& out, unsigned flags, std::uint32_t width, std::uint32_t height) {
  const std::uint32_t right = width - 1, bottom = height - 1;
  const std::uint8_t header[] = {static_cast<std::uint8_t>(flags),
                                 0,
                                 0,
                                 0,
                                 static_cast<std::uint8_t>(right),
                                 static_cast<std::uint8_t>(right >> 8),
                                 static_cast<std::uint8_t>(right >> 16),
                                 static_cast<std::uint8_t>(bottom),
                                 static_cast<std::uint8_t>(bottom >> 8),
                                 static_cast<std::uint8_t>(bottom >> 16)};
  append_chunk(out, "VP8X", std::as_bytes(std::span(header)));
}

void set_file_size(Bytes& file) {
  const auto size = static_cast<std::uint32_t>(file.size() - 8);
  for (unsigned i = 0; i < 4; ++i) file.data()[4 + i] = static_cast<std::byte>(size >> 8 * i);
}

}  // namespace

ImageResult<WebpStructure> read_webp_structure(ByteView bytes) { return Walk(bytes).run(); }

std::optional<Bytes> webp_without_metadata(ByteView bytes, std::uint64_t max_bytes) {
  const std::size_t end = 8 + std::size_t{le32(bytes, 4)};
  Bytes out;
  out.append(bytes.first(12));
  for (ChunkReader at(bytes, 12, end); !at.is_at_end(); at.skip()) {
    const std::string_view name = at.name();
    const bool is_picture = name == "VP8X" || name == "VP8 " || name == "VP8L" || name == "ALPH" || name == "ICCP" ||
                            name == "ANIM" || name == "ANMF";
    const std::size_t flags = out.size() + 8;
    if (is_picture && flags + at.data().bytes + at.data().bytes % 2 > max_bytes) return std::nullopt;
    if (is_picture) append_chunk(out, name, at.data().in(bytes));
    if (name == "VP8X") out.data()[flags] &= ~std::byte{exif_flag | xmp_flag};
  }
  set_file_size(out);
  return out;
}

Bytes first_frame_webp(ByteView bytes, const WebpStructure& s) {
  Bytes out;
  out.append(as_bytes("RIFF\0\0\0\0WEBP"sv));
  const unsigned flags = (s.icc.bytes > 0 ? icc_flag : 0) | (s.frame_has_alpha ? alpha_flag : 0) |
                         (s.exif.bytes > 0 ? exif_flag : 0) | (s.xmp.bytes > 0 ? xmp_flag : 0);
  const bool is_simple = s.alpha.bytes == 0 && (flags & ~alpha_flag) == 0;
  if (!is_simple) {
    append_extended_header(out, flags, s.info.width, s.info.height);
  }
  if (s.icc.bytes > 0) append_chunk(out, "ICCP", s.icc.in(bytes));
  if (s.alpha.bytes > 0) append_chunk(out, "ALPH", s.alpha.in(bytes));
  append_chunk(out, s.lossless ? "VP8L" : "VP8 ", s.image.in(bytes));
  if (s.exif.bytes > 0) append_chunk(out, "EXIF", s.exif.in(bytes));
  if (s.xmp.bytes > 0) append_chunk(out, "XMP ", s.xmp.in(bytes));
  set_file_size(out);
  return out;
}

Bytes webp_with_alpha(ByteView colors, const WebpStructure& s, ByteView alpha) {
  Bytes out;
  out.append(as_bytes("RIFF\0\0\0\0WEBP"sv));
  append_extended_header(out, alpha_flag, s.info.width, s.info.height);
  append_chunk(out, "ALPH", alpha);
  append_chunk(out, "VP8 ", s.image.in(colors));
  set_file_size(out);
  return out;
}

}  // namespace visionshard::codec
