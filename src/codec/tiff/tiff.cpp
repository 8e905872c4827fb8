#include "codec/tiff/tiff.h"

#include <fmt/format.h>
#include <libdeflate.h>
#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <new>
#include <optional>

#include "codec/icc.h"
#include "codec/tiff/directory.h"
#include "codec/tiff/samples.h"

namespace visionshard::codec {
namespace {

// What libtiff reads from and reports to.
struct Memory {
  ByteView bytes;
  std::uint64_t position = 0;
  char message[160] = "";
};

Memory& memory_of(thandle_t handle) { return *static_cast<Memory*>(handle); }

tmsize_t read_some(thandle_t handle, void* out, tmsize_t size) {
  Memory& m = memory_of(handle);
  if (m.position >= m.bytes.size()) return 0;
  const auto count = std::min<std::uint64_t>(static_cast<std::uint64_t>(size), m.bytes.size() - m.position);
  std::memcpy(out, m.bytes.data() + m.position, count);
  m.position += count;
  return static_cast<tmsize_t>(count);
}
tmsize_t write_none(thandle_t, void*, tmsize_t) { return 0; }
toff_t seek(thandle_t handle, toff_t offset, int whence) {
  Memory& m = memory_of(handle);
  m.position = offset + (whence == SEEK_CUR ? m.position : whence == SEEK_END ? m.bytes.size() : 0);
  return m.position;
}
int close_none(thandle_t) { return 0; }
toff_t size_of(thandle_t handle) { return memory_of(handle).bytes.size(); }

// The bytes are in memory already; libtiff only reads them.
int map(thandle_t handle, void** base, toff_t* size) {
  const Memory& m = memory_of(handle);
  *base = const_cast<std::byte*>(m.bytes.data());
  *size = m.bytes.size();
  return 1;
}
void unmap(thandle_t, void*, toff_t) {}

int on_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  Memory& m = *static_cast<Memory*>(user);
  if (m.message[0] == '\0') std::vsnprintf(m.message, sizeof m.message, format, arguments);
  return 1;
}
// The fax decoders warn of lines that end too early or too late, and fill the rest with white.
int on_warning(TIFF* tiff, void* user, const char* module, const char* format, va_list arguments) {
  if (module == nullptr || !std::string_view(module).starts_with("Fax")) return 1;
  return on_error(tiff, user, module, format, arguments);
}

struct Close {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};

std::unique_ptr<TIFF, Close> open(Memory& memory, std::uint64_t directory_offset) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                 TIFFOpenOptionsFree);
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, &memory);
  std::unique_ptr<TIFF, Close> tiff(TIFFClientOpenExt("image", "r", &memory, read_some, write_none, seek, close_none,
                                                      size_of, map, unmap, options.get()));
  if (tiff && TIFFCurrentDirOffset(tiff.get()) != directory_offset &&
      TIFFSetSubDirectory(tiff.get(), directory_offset) == 0)
    tiff.reset();
  return tiff;
}

tl::unexpected<ImageFault> corrupt(const Memory& memory) {
  const std::string_view message = memory.message;
  // libtiff distinguishes the two only by the text of its message.
  const bool unsupported = message.find("different per-sample values") != std::string_view::npos ||
                           message.find("an not handle image") != std::string_view::npos ||
                           message.find("not implemented") != std::string_view::npos;
  return image_fault(
      unsupported ? FaultCode::unsupported_format : FaultCode::corrupt_image,
      fmt::format("the TIFF cannot be decoded: {}", message.empty() ? "it is damaged or cut off" : message));
}

tl::unexpected<ImageFault> unsupported(std::string_view why) {
  return image_fault(FaultCode::unsupported_format, fmt::format("the TIFF {}, which this build cannot convert", why));
}

template <class T>
T field(TIFF* tiff, std::uint32_t tag) {
  T value{};
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

std::uint16_t photometric_of(TIFF* tiff) { return field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC); }

// Luminance and subsampled chroma, and high dynamic range: libtiff's own conversion to RGB is the reader for these. A
// plane of its own is a gray JPEG, which libjpeg does not convert.
bool wants_rgba_reader(TIFF* tiff) {
  const std::uint16_t photometric = photometric_of(tiff);
  const auto compression = field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION);
  const bool is_separate = field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
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
  if (layout.kind == TiffKind::cmyk) return true;
  const auto alpha = static_cast<int>(layout.colors());
  if (is_declared && count > 0 && (kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA)) {
    layout.alpha = alpha;
    layout.premultiplied = kinds[0] == EXTRASAMPLE_ASSOCALPHA;
  } else if (!is_declared) {
    layout.alpha = alpha;
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
  layout.bits = field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE);
  layout.samples = field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL);
  layout.separate_planes =
      field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE && layout.samples > 1;
  // The default is 1, which is right for fax pages alone; colors of 8 bits would come out as noise.
  if (!directory.has_bits_per_sample && layout.samples > 1)
    return image_fault(FaultCode::corrupt_image, "the TIFF does not say how many bits its samples have");
  const auto format = field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT);
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
  if (layout.kind == TiffKind::cmyk && field<std::uint16_t>(tiff, TIFFTAG_INKSET) != INKSET_CMYK)
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
  return layout;
}

// Strips or tiles, all planes of one place side by side.
class UnitReader {
 public:
  UnitReader(TIFF* tiff, std::uint64_t file_bytes, const ImageInfo& info, const TiffLayout& layout)
      : tiff_(tiff), file_bytes_(file_bytes), info_(info), layout_(layout), tiled_(TIFFIsTiled(tiff) != 0) {
    width_ = tiled_ ? field<std::uint32_t>(tiff, TIFFTAG_TILEWIDTH) : info.width;
    height_ = tiled_ ? field<std::uint32_t>(tiff, TIFFTAG_TILELENGTH)
                     : std::min(field<std::uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP), info.height);
    unit_bytes_ = tiled_ ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
    row_bytes_ = static_cast<std::size_t>(tiled_ ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff));
  }

  // A unit that claims to be far larger than the picture would be allocated whole.
  bool plausible() const {
    constexpr std::uint64_t small_unit_bytes = 32 << 20;
    const std::uint64_t planes = layout_.separate_planes ? layout_.samples : 1;
    const std::size_t min_row =
        (std::size_t{width_} * layout_.bits * (layout_.separate_planes ? 1 : layout_.samples) + 7) / 8;
    return unit_bytes_ > 0 && width_ > 0 && height_ > 0 && row_bytes_ >= min_row && planes <= 64 &&
           static_cast<std::uint64_t>(unit_bytes_) * planes <= 16 * info_.pixels() + small_unit_bytes;
  }

  bool read(Pixels& pixels) {
    const std::uint16_t planes =
        layout_.separate_planes ? static_cast<std::uint16_t>(layout_.samples) : std::uint16_t{1};
    std::vector<Bytes> units(planes);
    for (Bytes& unit : units) unit.resize(static_cast<std::size_t>(unit_bytes_));
    std::vector<const std::uint8_t*> rows(planes);
    for (std::uint32_t top = 0; top < info_.height; top += height_)
      for (std::uint32_t left = 0; left < info_.width; left += width_) {
        const std::uint32_t down = std::min(height_, info_.height - top), across = std::min(width_, info_.width - left);
        for (std::uint16_t p = 0; p < planes; ++p)
          if (!read_unit(left, top, p, units[p], down)) return false;
        for (std::uint32_t y = 0; y < down; ++y) {
          for (std::uint16_t p = 0; p < planes; ++p)
            rows[p] = reinterpret_cast<const std::uint8_t*>(units[p].data()) + y * row_bytes_;
          widen_tiff_row(layout_, rows, across, pixels.row(top + y) + std::size_t{left} * pixels.channels);
        }
      }
    return true;
  }

 private:
  // zlib, row by row, does not look at the checksum, and libdeflate, in one go, stops without a word where a strip
  // holds more rows than the picture: so the one reads and the other checks.
  bool deflated_soundly(std::uint32_t unit) const {
    const auto compression = field<std::uint16_t>(tiff_, TIFFTAG_COMPRESSION);
    if (compression != COMPRESSION_ADOBE_DEFLATE && compression != COMPRESSION_DEFLATE) return true;
    if (field<std::uint16_t>(tiff_, TIFFTAG_FILLORDER) != FILLORDER_MSB2LSB) return true;
    const std::uint64_t packed_bytes = TIFFGetStrileByteCount(tiff_, unit);
    if (packed_bytes > file_bytes_) return false;
    Bytes packed(packed_bytes);
    const auto size = static_cast<tmsize_t>(packed_bytes);
    if ((tiled_ ? TIFFReadRawTile(tiff_, unit, packed.data(), size)
                : TIFFReadRawStrip(tiff_, unit, packed.data(), size)) != size)
      return false;
    const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(
        libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    if (!inflater) throw std::bad_alloc();
    // Space for a whole strip; the last strip may be shorter.
    Bytes out(static_cast<std::size_t>(unit_bytes_) + (64 << 10));
    std::size_t out_bytes = 0;
    return libdeflate_zlib_decompress(inflater.get(), packed.data(), packed.size(), out.data(), out.size(),
                                      &out_bytes) != LIBDEFLATE_BAD_DATA;
  }

  bool read_unit(std::uint32_t left, std::uint32_t top, std::uint16_t plane, Bytes& unit, std::uint32_t rows) {
    const std::uint32_t number =
        tiled_ ? TIFFComputeTile(tiff_, left, top, 0, plane) : TIFFComputeStrip(tiff_, top, plane);
    if (!deflated_soundly(number)) return false;
    const tmsize_t got = tiled_ ? TIFFReadEncodedTile(tiff_, number, unit.data(), unit_bytes_)
                                : TIFFReadEncodedStrip(tiff_, number, unit.data(), unit_bytes_);
    return got >= static_cast<tmsize_t>(rows * row_bytes_);
  }

  TIFF* tiff_;
  std::uint64_t file_bytes_;
  const ImageInfo& info_;
  const TiffLayout& layout_;
  bool tiled_;
  std::uint32_t width_ = 0, height_ = 0;
  tmsize_t unit_bytes_ = 0;
  std::size_t row_bytes_ = 0;
};

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
  const auto compression = field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION);
  if (TIFFIsCODECConfigured(compression) == 0)
    return unsupported(fmt::format("is compressed in way {}", compression)).value();
  // Neither libtiff's conversion nor libjpeg's keeps a fourth sample.
  if (photometric_of(tiff) == PHOTOMETRIC_YCBCR && field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL) > 3)
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
  Memory memory{bytes};
  const auto tiff = open(memory, directory.offset);
  if (!tiff) return corrupt(memory);
  ImageInfo info;
  info.format = Format::tiff;
  info.end = bytes.size();
  if (TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &info.width) == 0 ||
      TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &info.height) == 0 || info.width == 0 || info.height == 0)
    return corrupt(memory);
  info.orientation = directory.orientation.value_or(1);
  if (auto refused = refusal(tiff.get(), directory, info)) return tl::unexpected(std::move(*refused));
  return info;
}

ImageResult<Pixels> decode_tiff(ByteView bytes, const ImageInfo& info, TiffSource& source) {
  const auto directory = VISIONSHARD_TRY(find_tiff_picture(bytes));
  Memory memory{bytes};
  const auto tiff = open(memory, directory.offset);
  if (!tiff) return corrupt(memory);
  const std::uint16_t photometric = photometric_of(tiff.get());
  source.full_chroma = photometric != PHOTOMETRIC_YCBCR;
  source.jpeg_compressed = field<std::uint16_t>(tiff.get(), TIFFTAG_COMPRESSION) == COMPRESSION_JPEG;
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
    if (!read_by_libtiff(tiff.get(), info, pixels) || memory.message[0] != '\0') return corrupt(memory);
    return pixels;
  }
  const auto layout = VISIONSHARD_TRY(layout_of(tiff.get(), directory));
  if (TIFFIsCODECConfigured(COMPRESSION_ADOBE_DEFLATE) != 0)
    TIFFSetField(tiff.get(), TIFFTAG_DEFLATE_SUBCODEC, DEFLATE_SUBCODEC_ZLIB);
  memory.message[0] = '\0';
  UnitReader reader(tiff.get(), bytes.size(), info, layout);
  if (!reader.plausible()) return unsupported("has strips or tiles far larger than itself");
  Pixels pixels(info.width, info.height, layout.channels());
  if (!reader.read(pixels) || memory.message[0] != '\0') return corrupt(memory);
  if (layout.kind == TiffKind::lab) {
    lab_to_srgb(pixels);
    source.profile = Bytes();
  }
  return pixels;
}

}  // namespace visionshard::codec
