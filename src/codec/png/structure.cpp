#include "codec/png/structure.h"

#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>

#include "codec/byte_order.h"
#include "codec/png/data_start.h"
#include "codec/png/text.h"

namespace visionshard::codec {
namespace {

tl::unexpected<ImageFault> corrupt(std::string detail) {
  return image_fault(FaultCode::corrupt_image, std::move(detail));
}

std::string name_of(std::uint32_t type) {
  std::string name;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char c = static_cast<char>(type >> shift & 0xFF);
    name.push_back((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c : '?');
  }
  return name;
}

// Which depths go with which color type: table 11.1 of the specification.
bool header_valid(unsigned depth, unsigned color) noexcept {
  switch (color) {
    case 0: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6: return depth == 8 || depth == 16;
    default: return false;
  }
}

ImageResult<void> read_header(ByteView data, PngStructure& s) {
  if (data.size() != 13) return corrupt("the PNG's IHDR has the wrong length");
  ImageInfo& info = s.info;
  info.width = be32(data, 0);
  info.height = be32(data, 4);
  info.bit_depth = u8(data, 8);
  const unsigned color = u8(data, 9);
  if (info.width == 0 || info.height == 0 || info.width > 0x7FFFFFFF || info.height > 0x7FFFFFFF)
    return corrupt(fmt::format("the PNG's size is {} x {}", info.width, info.height));
  if (!header_valid(info.bit_depth, color) || u8(data, 10) != 0 || u8(data, 11) != 0 || u8(data, 12) > 1)
    return corrupt(fmt::format("the PNG's IHDR says color type {} with {} bits", color, info.bit_depth));
  constexpr ColorModel models[] = {ColorModel::gray,       ColorModel::rgb, ColorModel::rgb, ColorModel::palette,
                                   ColorModel::gray_alpha, ColorModel::rgb, ColorModel::rgba};
  info.model = models[color];
  s.info.interlaced = u8(data, 12) == 1;
  return {};
}

// Ancillary chunks of a form for which some decoder refuses the whole file, though its pixels are sound.
bool is_malformed(std::uint32_t type, ByteView data) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto letter = static_cast<char>((type >> shift & 0xFF) | 0x20);
    if (letter < 'a' || letter > 'z') return true;
  }
  switch (type) {
    case png_type("gAMA"): return data.size() != 4;
    case png_type("cHRM"): return data.size() != 32;
    case png_type("sRGB"): return data.size() != 1;
    case png_type("pHYs"): return data.size() != 9;
    case png_type("iCCP"): return is_refused_profile(data);
    default: return false;
  }
}

class Walk {
 public:
  explicit Walk(ByteView bytes) : bytes_(bytes) { s_.info.format = Format::png; }

  ImageResult<PngStructure> run() {
    for (std::size_t at = png_signature_bytes;;) {
      if (bytes_.size() - at < 12) return corrupt(fmt::format("the PNG is cut off after {} bytes", bytes_.size()));
      const std::size_t length = be32(bytes_, at);
      const std::uint32_t type = be32(bytes_, at + 4);
      if (length > bytes_.size() - at - 12)
        return corrupt(fmt::format("the PNG is cut off in its {} chunk at byte {}", name_of(type), at));
      const bool sound = libdeflate_crc32(0, bytes_.data() + at + 4, length + 4) == be32(bytes_, at + 8 + length);
      const ByteView data = bytes_.subspan(at + 8, length);
      if (s_.chunks.empty() && type == png_type("CgBI"))
        return image_fault(
            FaultCode::unsupported_format,
            "the image is a PNG of Apple's own kind (CgBI, from an iOS application), which no other reader "
            "takes; convert it with `pngcrush -revert-iphone-optimizations`");
      if (s_.chunks.empty() != (type == png_type("IHDR")))
        return corrupt("the PNG's IHDR is not its first and only one");
      if (s_.chunks.size() == max_png_chunks)
        return corrupt(fmt::format("the PNG has more than {} chunks", max_png_chunks));
      s_.chunks.push_back({type, at, length, false});
      if (!sound && carries_pixels(type))
        return corrupt(fmt::format("the PNG's {} chunk at byte {} has a wrong checksum", name_of(type), at));
      s_.chunks.back().damaged = !sound;
      if (auto read = chunk(type, data); !read) return tl::unexpected(read.error());
      at += 12 + length;
      if (type == png_type("IEND")) {
        if (!has_data_) return corrupt("the PNG has no image data");
        s_.info.end = at;
        break;
      }
    }
    settle();
    return std::move(s_);
  }

 private:
  // Transparency is part of the picture although the chunk's name says "ancillary"; so is a palette that the pixels
  // use.
  bool carries_pixels(std::uint32_t type) const {
    if (type == png_type("PLTE")) return s_.info.model == ColorModel::palette;
    const bool ancillary = type >> 24 & 0x20;
    return type == png_type("tRNS") || (!ancillary && type != png_type("IEND"));
  }

  ImageResult<void> chunk(std::uint32_t type, ByteView data) {
    data_over_ |= has_data_ && type != png_type("IDAT");
    PngChunk& added = s_.chunks.back();
    switch (type) {
      case png_type("IHDR"): return read_header(data, s_);
      case png_type("PLTE"): return palette(data);
      case png_type("tRNS"): return transparency(data);
      case png_type("IDAT"):
        if (data_over_) return corrupt("the PNG's IDAT chunks are not consecutive");
        if (s_.info.model == ColorModel::palette && s_.palette.empty())
          return corrupt("the palette PNG has no palette");
        has_data_ = true;
        data_bytes_ += data.size();
        data_start_.append(data.first(std::min(data.size(), max_png_data_start_bytes - data_start_.size())));
        return {};
      case png_type("IEND"): return {};
      case png_type("acTL"):
        if (!added.damaged && !has_data_ && data.size() == 8)
          s_.info.animated = true;
        else
          added.damaged = true;
        return {};
      case png_type("eXIf"):
        if (!added.damaged) orientation_.read_exif(data);
        return {};
      case png_type("tEXt"):
      case png_type("zTXt"):
      case png_type("iTXt"):
        if (!added.damaged) text(type, data);
        return {};
      default:
        if ((type >> 24 & 0x20) == 0)
          return corrupt(fmt::format("the PNG has an unknown critical chunk {}", name_of(type)));
        if (type == png_type("iCCP") && has_inflated_enough()) {
          added.damaged = true;
          return {};
        }
        if (type == png_type("iCCP")) vain_bytes_ += max_text_bytes;
        added.damaged |= is_malformed(type, data);
        return {};
    }
  }

  ImageResult<void> palette(ByteView data) {
    const bool well_formed =
        !has_data_ && s_.palette.empty() && !data.empty() && data.size() % 3 == 0 && data.size() <= 768;
    if (s_.info.model != ColorModel::palette) {
      s_.chunks.back().damaged |= !well_formed || is_gray();
      return {};
    }
    if (!well_formed) return corrupt("the PNG's palette is out of place or of a wrong length");
    s_.palette = data;
    return {};
  }

  // Decoders differ on chunks that are too long or out of place; reading them as they are meant loses nothing.
  ImageResult<void> transparency(ByteView data) {
    const ColorModel model = s_.info.model;
    if (model == ColorModel::rgba || model == ColorModel::gray_alpha || s_.info.transparency) return {};
    // Each color that it does not name is opaque.
    if (model == ColorModel::palette && data.empty()) return {};
    const std::size_t least = model == ColorModel::gray ? 2 : model == ColorModel::rgb ? 6 : 1;
    if (data.size() < least) return corrupt("the PNG's transparency is cut short");
    s_.transparency = data;
    s_.info.transparency = true;
    return {};
  }

  void text(std::uint32_t type, ByteView data) {
    PngChunk& added = s_.chunks.back();
    added.damaged = has_inflated_enough();
    if (added.damaged) return;
    const PngText read = read_png_text(type, data);
    text_bytes_ += read.text.size();
    if (read.in_vain) vain_bytes_ += max_text_bytes;
    added.damaged = read.refused || text_bytes_ > max_text_bytes_in_all;
    if (!added.damaged) read_orientation(read, orientation_);
  }

  // A chunk of 1 KB is 1 MB inflated.
  bool has_inflated_enough() const {
    return text_bytes_ > max_text_bytes_in_all || vain_bytes_ > max_text_bytes_in_all;
  }

  bool is_gray() const { return s_.info.model == ColorModel::gray || s_.info.model == ColorModel::gray_alpha; }

  void settle() {
    s_.info.loss = png_data_start_fault(data_start_);
    // A copy of 258 bytes takes two bits at least (RFC 1951 section 3.2.5).
    constexpr std::uint64_t max_deflate_ratio = 1032;
    if (s_.info.pixels() / 8 * bits_per_pixel(s_.info) > max_deflate_ratio * data_bytes_)
      s_.info.loss = "the PNG is cut off: its data is too short for its size";
    s_.info.orientation = orientation_.value();
    for (PngChunk& c : s_.chunks) {
      // Frames without a control chunk are stray.
      c.damaged |= !s_.info.animated && (c.type == png_type("fcTL") || c.type == png_type("fdAT"));
      s_.info.damaged_metadata |= c.damaged;
    }
  }

  ByteView bytes_;
  PngStructure s_;
  bool has_data_ = false, data_over_ = false;
  Bytes data_start_;
  std::size_t data_bytes_ = 0;
  std::size_t text_bytes_ = 0;
  std::size_t vain_bytes_ = 0;  // at most, of texts that were inflated and not kept and of profiles
  MetadataOrientation orientation_;
};

}  // namespace

ImageResult<PngStructure> read_png_structure(ByteView bytes) { return Walk(bytes).run(); }

}  // namespace visionshard::codec
