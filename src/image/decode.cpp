#include "image/decode.h"

#include "codec/bmp.h"
#include "codec/gif.h"
#include "codec/heif/heif.h"
#include "codec/icc.h"
#include "codec/jpeg/structure.h"
#include "codec/jpeg_2000.h"
#include "codec/jpeg_xl.h"
#include "codec/netpbm.h"
#include "codec/png/png.h"
#include "codec/tiff/tiff.h"
#include "codec/webp/webp.h"

namespace visionshard::image {
namespace {

using codec::Format;
using codec::Pixels;

bool is_gray(const codec::ImageInfo& info) {
  return info.model == codec::ColorModel::gray || info.model == codec::ColorModel::gray_alpha;
}

}  // namespace

bool has_gray_to_keep(const codec::ImageInfo& info) noexcept {
  return is_gray(info) && (info.format == Format::png || info.format == Format::jpeg);
}

ImageResult<Decoded> decode(ByteView bytes, const codec::ImageInfo& info, std::optional<ImageSize> at_least) {
  Decoded decoded;
  ImageResult<Pixels> pixels;
  if (info.format == Format::jpeg) {
    auto structure = VISIONSHARD_TRY(codec::read_jpeg_structure(bytes));
    decoded.profile = codec::jpeg_icc_profile(bytes, structure);
    const ImageSize least = at_least.value_or(ImageSize{info.width, info.height});
    pixels = codec::decode_jpeg(bytes.first(info.end), decoded.jpeg, least.width, least.height);
  } else if (info.format == Format::png) {
    auto structure = VISIONSHARD_TRY(codec::read_png_structure(bytes));
    decoded.profile = codec::png_icc_profile(bytes, structure);
    decoded.png_chunks = codec::color_chunks(bytes, structure, is_gray(info), decoded.dropped_profile);
    pixels = codec::decode_png(bytes, structure);
  } else if (info.format == Format::gif) {
    pixels = codec::decode_gif(bytes, info, decoded.profile);
  } else if (info.format == Format::bmp) {
    pixels = codec::decode_bmp(bytes, info, decoded.profile);
  } else if (info.format == Format::tiff) {
    codec::TiffSource tiff;
    pixels = codec::decode_tiff(bytes, info, tiff);
    decoded.profile = std::move(tiff.profile);
    decoded.jpeg_inside = tiff.jpeg_compressed;
    decoded.jpeg.sampling = tiff.full_chroma ? codec::ChromaSampling::full : codec::ChromaSampling::half;
  } else if (info.format == Format::jpeg_2000) {
    pixels = codec::decode_jpeg_2000(bytes, info, decoded.profile);
  } else if (info.format == Format::jpeg_xl) {
    pixels = codec::decode_jpeg_xl(bytes, info, decoded.profile);
  } else if (info.format == Format::netpbm) {
    pixels = codec::decode_netpbm(bytes, info);
  } else if (info.format != Format::webp) {
    pixels = codec::decode_heif(bytes, info, decoded.profile);
  } else {
    auto structure = VISIONSHARD_TRY(codec::read_webp_structure(bytes));
    decoded.profile.append(structure.icc.in(bytes));
    decoded.lossless_webp = structure.lossless;
    pixels = codec::decode_webp(bytes, structure);
  }
  if (!pixels) return tl::unexpected(pixels.error());
  decoded.pixels = std::move(*pixels);
  return decoded;
}

void make_srgb(Decoded& decoded, const codec::ImageInfo& info, Conversions& conversions) {
  codec::ProfileUse use = codec::ProfileUse::none;
  if (has_gray_to_keep(info)) {
    if (decoded.dropped_profile || !decoded.profile.empty()) conversions.add(Conversion::profile_dropped);
  } else if (info.model == codec::ColorModel::cmyk) {
    // A JPEG's ink is stored inverted, with or without Adobe's marker: Pillow, ImageMagick and browsers read it so.
    decoded.pixels = codec::cmyk_to_srgb(decoded.pixels, info.format == Format::jpeg, decoded.profile, use);
  } else {
    use = codec::convert_to_srgb(decoded.pixels, decoded.profile, is_gray(info));
  }
  if (use == codec::ProfileUse::converted) conversions.add(Conversion::profile_converted);
  if (use == codec::ProfileUse::ignored) conversions.add(Conversion::profile_ignored);
  decoded.profile = Bytes();
  decoded.png_chunks = Bytes();
  decoded.dropped_profile = false;
}

ImageResult<Pixels> shown(ByteView bytes, const codec::ImageInfo& info) {
  return decode(bytes, info).map([&](Decoded&& decoded) {
    Conversions conversions;
    make_srgb(decoded, info, conversions);
    return codec::oriented(std::move(decoded.pixels), info.orientation);
  });
}

}  // namespace visionshard::image
