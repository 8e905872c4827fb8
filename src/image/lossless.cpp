#include "image/lossless.h"

#include "codec/jpeg/black.h"
#include "codec/jpeg/recode.h"
#include "codec/jpeg/rewrite.h"
#include "codec/jpeg/rotate.h"
#include "codec/png/png.h"
#include "codec/webp/structure.h"

namespace visionshard::image {
namespace {

using codec::Format;

// Each rewrite takes the result of the one before it.
ImageResult<std::optional<Bytes>> rewritten_jpeg(ByteView bytes, const codec::ImageInfo& info,
                                                 Conversions& conversions) {
  Bytes out;
  out.append(bytes.first(info.end));
  auto structure = codec::read_jpeg_structure(out);
  if (!structure) return tl::unexpected(structure.error());
  const auto next = [&](Bytes rewritten) {
    out = std::move(rewritten);
    structure = codec::read_jpeg_structure(out);
    return structure.has_value();
  };
  if (info.end_marker_missing) {
    auto ended = codec::with_end_marker(out, *structure);
    if (!ended) return tl::unexpected(ended.error());
    if (!next(std::move(*ended))) return tl::unexpected(structure.error());
  }
  if ((info.multi_picture || info.damaged_metadata) && !next(codec::still_jpeg(out, *structure)))
    return tl::unexpected(structure.error());
  if (info.arithmetic) {
    auto recoded = codec::huffman_coded(out, *structure);
    if (!recoded) return tl::unexpected(recoded.error());
    if (!*recoded) return std::optional<Bytes>();
    if (!next(std::move(**recoded))) return tl::unexpected(structure.error());
  }
  if (info.model == codec::ColorModel::cmyk) {
    auto rgb = codec::cmyk_without_black(out, *structure);
    if (!rgb) return std::optional<Bytes>();
    if (!next(std::move(*rgb))) return tl::unexpected(structure.error());
  }
  if (conversions.has(Conversion::orientation)) {
    Bytes turned = codec::turned_losslessly(out, *structure);
    if (turned.empty()) return std::optional<Bytes>();
    if (!next(std::move(turned))) return tl::unexpected(structure.error());
  }
  if (info.model == codec::ColorModel::gray) {
    bool dropped = false;
    out = codec::gray_to_color(out, *structure, dropped);
    if (dropped) conversions.add(Conversion::profile_dropped);
  }
  return std::optional(std::move(out));
}

}  // namespace

ImageResult<std::optional<Bytes>> rewritten_losslessly(ByteView bytes, const codec::ImageInfo& info,
                                                       Conversions& conversions) {
  if (info.format == Format::jpeg) return rewritten_jpeg(bytes, info, conversions);
  Bytes out;
  if (info.format == Format::png && (info.animated || info.damaged_metadata)) {
    auto structure = codec::read_png_structure(bytes);
    if (!structure) return tl::unexpected(structure.error());
    out = codec::still_png(bytes, *structure);
  } else if (info.format == Format::webp && info.animated) {
    auto structure = codec::read_webp_structure(bytes);
    if (!structure) return tl::unexpected(structure.error());
    out = codec::first_frame_webp(bytes, *structure);
  } else {
    out.append(bytes.first(info.end));
  }
  return std::optional(std::move(out));
}

ImageResult<std::optional<Bytes>> without_metadata(ByteView bytes, Format format, std::uint64_t max_bytes) {
  if (format == Format::jpeg)
    return codec::read_jpeg_structure(bytes).map(
        [&](const codec::JpegStructure& structure) { return codec::without_metadata(bytes, structure, max_bytes); });
  if (format == Format::png)
    return codec::read_png_structure(bytes).map(
        [&](const codec::PngStructure& structure) { return codec::without_metadata(bytes, structure, max_bytes); });
  return codec::read_webp_structure(bytes).map(
      [&](const codec::WebpStructure&) { return codec::webp_without_metadata(bytes, max_bytes); });
}

}  // namespace visionshard::image
