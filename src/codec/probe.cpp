#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "codec/bmp.h"
#include "codec/byte_order.h"
#include "codec/foreign_bytes.h"
#include "codec/gif.h"
#include "codec/heif/heif.h"
#include "codec/image_info.h"
#include "codec/jpeg/jpeg.h"
#include "codec/jpeg/structure.h"
#include "codec/jpeg_2000.h"
#include "codec/jpeg_xl.h"
#include "codec/netpbm.h"
#include "codec/png/structure.h"
#include "codec/tiff/tiff.h"
#include "codec/webp/webp.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  Format format;
};

constexpr Magic magics[] = {
    {"\xFF\xD8\xFF"sv, Format::jpeg},
    {"\x89PNG\r\n\x1A\n"sv, Format::png},
    {"GIF87a"sv, Format::gif},
    {"GIF89a"sv, Format::gif},
    {"II*\0"sv, Format::tiff},
    {"MM\0*"sv, Format::tiff},
    {"II+\0"sv, Format::tiff},
    {"MM\0+"sv, Format::tiff},
    {"\xFF\x0A"sv, Format::jpeg_xl},
    {"\0\0\0\x0CJXL \r\n\x87\n"sv, Format::jpeg_xl},
    {"\0\0\0\x0CjP  \r\n\x87\n"sv, Format::jpeg_2000},
    {"\xFF\x4F\xFF\x51"sv, Format::jpeg_2000},
};

}  // namespace

Format detect(ByteView bytes) noexcept {
  const std::string_view text = as_text(bytes);
  for (const Magic& magic : magics)
    if (text.starts_with(magic.bytes)) return magic.format;
  if (text.starts_with("RIFF") && text_at(bytes, 8, "WEBP")) return Format::webp;
  // "BM" alone is two letters that texts start with too: the header size must be one of the known ones.
  if (text.starts_with("BM") && bytes.size() >= 18) {
    constexpr std::array<std::uint32_t, 9> header_sizes = {12, 16, 40, 52, 56, 64, 108, 124, 240};
    if (std::find(header_sizes.begin(), header_sizes.end(), le32(bytes, 14)) != header_sizes.end()) return Format::bmp;
  }
  if (text_at(bytes, 4, "ftyp") && bytes.size() >= 12) {
    // The major brand, then those the file is compatible with (ISO/IEC 14496-12, section 4.3); "mif1" alone says
    // little.
    const std::size_t end = std::min<std::size_t>(be32(bytes, 0), bytes.size());
    Format general = Format::unknown;
    for (std::size_t at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) {
      const std::string_view brand = text.substr(at, 4);
      if (brand == "avif" || brand == "avis") return Format::avif;
      if (brand.starts_with("hei") || brand.starts_with("hev")) return Format::heic;
      if (brand == "mif1" || brand == "msf1" || brand == "miaf") general = Format::heic;
    }
    return general;
  }
  if (is_netpbm(bytes)) return Format::netpbm;
  return Format::unknown;
}

std::string_view display_name(Format format) noexcept {
  switch (format) {
    case Format::jpeg: return "JPEG";
    case Format::png: return "PNG";
    case Format::webp: return "WebP";
    case Format::gif: return "GIF";
    case Format::bmp: return "BMP";
    case Format::tiff: return "TIFF";
    case Format::heic: return "HEIC";
    case Format::avif: return "AVIF";
    case Format::jpeg_2000: return "JPEG 2000";
    case Format::jpeg_xl: return "JPEG XL";
    case Format::netpbm: return "Netpbm";
    case Format::unknown: break;
  }
  return "unknown";
}

std::string_view mode_name(const ImageInfo& info) noexcept {
  const bool deep = info.bit_depth == 16, odd = info.bit_depth > 8 && !deep, shallow = info.bit_depth < 8;
  switch (info.model) {
    case ColorModel::gray:
      return deep ? "gray, 16 bit" : odd ? "gray, 9 to 15 bit" : shallow ? "gray, 1 to 4 bit" : "gray";
    case ColorModel::gray_alpha:
      return deep ? "gray with alpha, 16 bit" : odd ? "gray with alpha, 9 to 15 bit" : "gray with alpha";
    case ColorModel::palette: return "palette";
    case ColorModel::rgb: return deep ? "RGB, 16 bit" : odd ? "RGB, 9 to 15 bit" : "RGB";
    case ColorModel::rgba: return deep ? "RGBA, 16 bit" : odd ? "RGBA, 9 to 15 bit" : "RGBA";
    case ColorModel::cmyk: return "CMYK";
  }
  return "";
}

std::string_view media_type(Format format) noexcept {
  return format == Format::jpeg ? "image/jpeg" : format == Format::png ? "image/png" : "image/webp";
}

namespace {

tl::unexpected<ImageFault> foreign(ByteView bytes) {
  const ForeignBytes found = name_foreign_bytes(bytes);
  if (found.is_image_format)
    return image_fault(FaultCode::unsupported_format,
                       fmt::format("the image is {}, which cannot be converted; give JPEG, PNG or WebP", found.name));
  return image_fault(FaultCode::unknown_format,
                     found.name.empty()
                         ? fmt::format("the {} bytes do not start like any image format known here", bytes.size())
                         : fmt::format("the {} bytes are no image, but {}", bytes.size(), found.name));
}

}  // namespace

ImageResult<ImageInfo> probe(ByteView bytes) {
  if (bytes.empty()) return image_fault(FaultCode::empty_image, "the image has no bytes");
  const Format format = detect(bytes);
  switch (format) {
    case Format::jpeg:
      return read_jpeg_structure(bytes).and_then([&](const JpegStructure& s) -> ImageResult<ImageInfo> {
        // Such a file is often cut off. An image that needs little memory and time is decoded at once to see it.
        constexpr std::uint64_t few_pixels = 1 << 20, max_pixels = 1 << 28;
        const bool decodes_in_rows = s.scans == 1 && !s.progressive;
        if (s.info.end_marker_missing && s.info.pixels() <= (decodes_in_rows ? max_pixels : few_pixels) &&
            !verify_jpeg(bytes.first(s.info.end)))
          return image_fault(FaultCode::corrupt_image,
                             fmt::format("the JPEG is cut off: no end marker in {} bytes", bytes.size()));
        return s.info;
      });
    case Format::png: return read_png_structure(bytes).map([](const PngStructure& s) { return s.info; });
    case Format::webp:
      return read_webp_structure(bytes).and_then([&](const WebpStructure& s) -> ImageResult<ImageInfo> {
        return check_webp(bytes.first(s.info.end)).map([&] { return s.info; });
      });
    case Format::gif: return probe_gif(bytes);
    case Format::bmp: return probe_bmp(bytes);
    case Format::tiff: return probe_tiff(bytes);
    case Format::heic:
    case Format::avif: return probe_heif(bytes, format);
    case Format::jpeg_2000: return probe_jpeg_2000(bytes);
    case Format::jpeg_xl: return probe_jpeg_xl(bytes);
    case Format::netpbm: return probe_netpbm(bytes);
    case Format::unknown: break;
  }
  return foreign(bytes);
}

}  // namespace visionshard::codec
