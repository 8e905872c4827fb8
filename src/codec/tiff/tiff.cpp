#include "codec/tiff/tiff.h"

#include <fmt/format.h>
#include <tiffio.h>

#include <algorithm>
#include <optional>

#include "codec/icc.h"
#include "codec/tiff/directory.h"
#include "codec/tiff/memory_file.h"
#include "codec/tiff/samples.h"
#include "codec/tiff/units.h"

namespace visionshard::codec {
namespace {

tl::unexpected<ImageFault> unsupported(std::string_view why) {
  return image_fault(FaultCode::unsupported_format, fmt::format("the TIFF {}, which this build cannot convert", why));
}

std::uint16_t photometric_of(TIFF* tiff) { return tiff_field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC); }

// Luminance and subsampled chroma, and high dynamic range: libtiff's own conversion to RGB is the reader for these. A
// plane of its own is a gray JPEG, which libjpeg does not convert.
bool wants_rgba_reader(TIFF* tiff) {
  const std::uint16_t photometric = photometric_of(tiff);
  const auto compression = tiff_field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION);
  const bool is_separate = tiff_field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  return (photometric == PHOTOMETRIC_YCBCR && (compression != COMPRESSION_JPEG || is_separate)) ||
         photometric == PHOTOMETRIC_LOGL || photometric == PHOTOMETRIC_LOGLUV || compression == COMPRESSION_OJPEG;
}

// Alpha among the samples after the colors. Four samples and nothing said about the fourth are RGBA in practice; of
// other kinds every reader makes something else, or nothing. False for those.
bool read_extra_samples(TIFF* tiff, TiffLayout& layout) {
  std::uint16_t count = 0;
  std::uint16_t* kinds = nullptr;
  const bool is_declared = TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) != 0;
  if (layout.samples <= layout.colors()) return true;
  const bool is_rgba = layout.kind == TiffKind::rgb && layout.samples == 4;
  if (!is_declared && !is_rgba) return false;
  const auto first = static_cast<int>(layout.colors());
  if (!is_declared) layout.alpha = first;
  const int extra = std::min<int>(count, static_cast<int>(layout.samples) - first);
  for (int i = 0; i < extra && layout.alpha < 0; ++i) {
    if (kinds[i] != EXTRASAMPLE_ASSOCALPHA && kinds[i] != EXTRASAMPLE_UNASSALPHA) continue;
    layout.alpha = first + i;
    layout.premultiplied = kinds[i] == EXTRASAMPLE_ASSOCALPHA;
  }
  return true;
}

ImageResult<TiffLayout> layout_of(TIFF* tiff, const TiffDirectory& directory) {
  // The tag has no default. Without it Pillow reads gray as white at 0 and libtiff as black, three samples are gray to
  // libtiff and nothing to Pillow and ImageMagick; only of fax compressions all know that white is 0.
  const bool is_fax = directory.compression >= COMPRESSION_CCITTRLE && directory.compression <= COMPRESSION_CCITTFAX4;
  if (!directory.photometric && !is_fax)
    return image_fault(FaultCode::corrupt_image,
                       "the TIFF does not say what its samples mean: it has no PhotometricInterpretation");
  TiffLayout layout;
  layout.bits = tiff_field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE);
  layout.samples = tiff_field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL);
  layout.separate_planes =
      tiff_field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE && layout.samples > 1;
  // The default is 1, which is right for fax pages alone; colors of 8 bits would come out as noise.
  if (!directory.has_bits_per_sample && layout.samples > 1)
    return image_fault(FaultCode::corrupt_image, "the TIFF does not say how many bits its samples have");
  const auto format = tiff_field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT);
  const std::uint16_t photometric = photometric_of(tiff);
  if (directory.photometric == PHOTOMETRIC_PALETTE && photometric != PHOTOMETRIC_PALETTE)
    return image_fault(FaultCode::corrupt_image, "the palette TIFF has no palette");
  switch (photometric) {
    case PHOTOMETRIC_MINISWHITE: layout.kind = TiffKind::inverted_gray; break;
    case PHOTOMETRIC_MINISBLACK: layout.kind = TiffKind::gray; break;
    case PHOTOMETRIC_RGB:
    case PHOTOMETRIC_YCBCR: layout.kind = TiffKind::rgb; break;
    case PHOTOMETRIC_PALETTE: layout.kind = TiffKind::palette; break;
    case PHOTOMETRIC_SEPARATED: layout.kind = TiffKind::cmyk; break;
    case PHOTOMETRIC_CIELAB:
    case PHOTOMETRIC_ICCLAB:
      layout.kind = TiffKind::lab;
      layout.signed_ab = photometric == PHOTOMETRIC_CIELAB;
      break;
    default: return unsupported(fmt::format("is of photometric kind {}", photometric));
  }
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID && layout.kind != TiffKind::lab)
    return unsupported("has signed, floating-point or complex samples");
  if (layout.bits == 0 || (layout.bits > 16 && layout.bits != 32) || (layout.kind == TiffKind::lab && layout.bits != 8))
    return unsupported(fmt::format("has {} bits a sample", layout.bits));
  if (layout.kind == TiffKind::cmyk && tiff_field<std::uint16_t>(tiff, TIFFTAG_INKSET) != INKSET_CMYK)
    return unsupported("has inks other than cyan, magenta, yellow and black");
  if (layout.samples < layout.colors())
    return image_fault(FaultCode::corrupt_image, fmt::format("the TIFF has {} samples a pixel where its kind has {}",
                                                             layout.samples, layout.colors()));
  if (layout.kind == TiffKind::palette) {
    std::uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
    if (layout.bits > 16 || TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue) == 0)
      return image_fault(FaultCode::corrupt_image, "the palette TIFF has no palette");
    layout.color_map = {red, green, blue};
    const std::size_t colors = std::size_t{1} << layout.bits;
    if (std::all_of(layout.color_map.begin(), layout.color_map.end(), [&](const std::uint16_t* map) {
          return std::all_of(map, map + colors, [](std::uint16_t v) { return v < 256; });
        }))
      layout.color_map_shift = 0;
  }
  if (!read_extra_samples(tiff, layout))
    return image_fault(FaultCode::corrupt_image,
                       fmt::format("the TIFF has {} samples a pixel where its kind has {}, and no ExtraSamples",
                                   layout.samples, layout.colors()));
  if (layout.kind == TiffKind::cmyk && layout.alpha >= 0) return unsupported("has alpha beside its inks");
  return layout;
}

ColorModel model_of(const TiffLayout& layout) {
  switch (layout.kind) {
    case TiffKind::gray:
    case TiffKind::inverted_gray: return layout.alpha >= 0 ? ColorModel::gray_alpha : ColorModel::gray;
    case TiffKind::cmyk: return ColorModel::cmyk;
    default: return layout.alpha >= 0 ? ColorModel::rgba : ColorModel::rgb;
  }
}

// What neither reader can take. Does not read pixels.
std::optional<ImageFault> refusal(TIFF* tiff, const TiffDirectory& directory, ImageInfo& info) {
  const auto compression = tiff_field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION);
  if (TIFFIsCODECConfigured(compression) == 0)
    return unsupported(fmt::format("is compressed in way {}", compression)).value();
  // Neither libtiff's conversion nor libjpeg's keeps a fourth sample.
  if (photometric_of(tiff) == PHOTOMETRIC_YCBCR && tiff_field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL) > 3)
    return unsupported("has alpha or other samples beside YCbCr").value();
  if (wants_rgba_reader(tiff)) {
    char why[1024] = "";
    TIFFRGBAImage reader;
    if (TIFFRGBAImageOK(tiff, why) == 0 || TIFFRGBAImageBegin(&reader, tiff, 0, why) == 0)
      return unsupported(fmt::format("is of an unusual kind ({})", why)).value();
    TIFFRGBAImageEnd(&reader);
    return std::nullopt;
  }
  const auto layout = layout_of(tiff, directory);
  if (!layout) return layout.error();
  info.model = model_of(*layout);
  return std::nullopt;
}

bool read_by_libtiff(TIFF* tiff, const ImageInfo& info, Pixels& pixels) {
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  Bytes raster(info.pixels() * 4);
  if (TIFFReadRGBAImageOriented(tiff, info.width, info.height, reinterpret_cast<std::uint32_t*>(raster.data()),
                                ORIENTATION_TOPLEFT, 1) == 0)
    return false;
  // A pixel is packed as ABGR in a 32-bit word, which is R, G, B, A in memory of this byte order.
  const auto* in = reinterpret_cast<const std::uint8_t*>(raster.data());
  auto* out = pixels.row(0);
  for (std::uint64_t i = 0; i < info.pixels(); ++i, in += 4, out += 3) std::copy_n(in, 3, out);
  return true;
}

}  // namespace

ImageResult<ImageInfo> probe_tiff(ByteView bytes) {
  const auto directory = VISIONSHARD_TRY(find_tiff_picture(bytes));
  TiffMemory memory{bytes};
  const auto tiff = open_tiff(memory, directory.offset);
  if (!tiff) return tiff_fault(memory);
  ImageInfo info;
  info.format = Format::tiff;
  info.end = bytes.size();
  if (TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &info.width) == 0 ||
      TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &info.height) == 0 || info.width == 0 || info.height == 0)
    return tiff_fault(memory);
  info.orientation = directory.orientation.value_or(1);
  if (auto refused = refusal(tiff.get(), directory, info)) return tl::unexpected(std::move(*refused));
  return info;
}

ImageResult<Pixels> decode_tiff(ByteView bytes, const ImageInfo& info, TiffSource& source) {
  const auto directory = VISIONSHARD_TRY(find_tiff_picture(bytes));
  TiffMemory memory{bytes};
  const auto tiff = open_tiff(memory, directory.offset);
  if (!tiff) return tiff_fault(memory);
  const std::uint16_t photometric = photometric_of(tiff.get());
  source.full_chroma = photometric != PHOTOMETRIC_YCBCR;
  source.jpeg_compressed = tiff_field<std::uint16_t>(tiff.get(), TIFFTAG_COMPRESSION) == COMPRESSION_JPEG;
  if (photometric == PHOTOMETRIC_YCBCR) {
    std::uint16_t across = 2, down = 2;
    TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_YCBCRSUBSAMPLING, &across, &down);
    source.full_chroma = across == 1 && down == 1;
    // libjpeg interpolates chroma; libtiff's own conversion repeats it.
    if (!wants_rgba_reader(tiff.get())) TIFFSetField(tiff.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
  std::uint32_t profile_bytes = 0;
  const void* profile = nullptr;
  if (TIFFGetField(tiff.get(), TIFFTAG_ICCPROFILE, &profile_bytes, &profile) != 0)
    source.profile.append({static_cast<const std::byte*>(profile), profile_bytes});
  // What libtiff had to say of tags is of no concern for the pixels.
  memory.message[0] = '\0';
  if (wants_rgba_reader(tiff.get())) {
    Pixels pixels(info.width, info.height, 3);
    if (!read_by_libtiff(tiff.get(), info, pixels) || memory.message[0] != '\0') return tiff_fault(memory);
    return pixels;
  }
  const auto layout = VISIONSHARD_TRY(layout_of(tiff.get(), directory));
  if (TIFFIsCODECConfigured(COMPRESSION_ADOBE_DEFLATE) != 0)
    TIFFSetField(tiff.get(), TIFFTAG_DEFLATE_SUBCODEC, DEFLATE_SUBCODEC_ZLIB);
  memory.message[0] = '\0';
  TiffUnits reader(tiff.get(), bytes.size(), info, layout);
  if (!reader.plausible()) return unsupported("has strips or tiles far larger than itself");
  Pixels pixels(info.width, info.height, layout.channels());
  if (!reader.read(pixels) || memory.message[0] != '\0') return tiff_fault(memory);
  if (layout.kind == TiffKind::lab) {
    lab_to_srgb(pixels);
    source.profile = Bytes();
  }
  return pixels;
}

}  // namespace visionshard::codec
