#include "codec/tiff.h"

#include <fmt/format.h>
#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <new>

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
int on_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

struct Close {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};

std::unique_ptr<TIFF, Close> open(Memory& memory) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                 TIFFOpenOptionsFree);
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, &memory);
  return std::unique_ptr<TIFF, Close>(TIFFClientOpenExt("image", "r", &memory, read_some, write_none, seek, close_none,
                                                        size_of, map, unmap, options.get()));
}

tl::unexpected<ImageFault> corrupt(const Memory& memory) {
  return image_fault(FaultCode::corrupt_image,
                     fmt::format("the TIFF cannot be decoded: {}",
                                 memory.message[0] != '\0' ? memory.message : "it is damaged or cut off"));
}

template <class T>
T field(TIFF* tiff, std::uint32_t tag) {
  T value{};
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

bool has_alpha(TIFF* tiff) {
  std::uint16_t count = 0;
  std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  const auto photometric = field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC);
  const bool ink = photometric == PHOTOMETRIC_SEPARATED;
  return count > 0 && !ink && (kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA);
}

bool alpha_is_premultiplied(TIFF* tiff) {
  std::uint16_t count = 0;
  std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  return count > 0 && kinds[0] == EXTRASAMPLE_ASSOCALPHA;
}

// libtiff multiplies samples by alpha that is not associated; told that it is, it hands them out as they are.
void keep_samples_as_they_are(TIFF* tiff) {
  std::uint16_t associated = EXTRASAMPLE_ASSOCALPHA;
  TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &associated);
}

// libtiff's RGBA reader takes the upper byte of 16-bit greys and forgets their alpha; ours scales and rounds both.
bool is_deep_grey(TIFF* tiff) {
  const auto photometric = field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC);
  return (photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE) &&
         field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE) == 16;
}

// What neither reader gets right.
bool is_beyond_us(TIFF* tiff) {
  const auto bits = field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE);
  const auto samples = field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL);
  const bool separate = field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE && samples > 1;
  if (is_deep_grey(tiff)) return TIFFIsTiled(tiff) != 0 || separate || samples > 2;
  return field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_SEPARATED && bits != 8;
}

bool read_deep_grey(TIFF* tiff, bool premultiplied, Pixels& pixels) {
  const bool white_is_zero = field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_MINISWHITE;
  const std::size_t samples = field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL);
  const std::size_t row_bytes = 2 * samples * pixels.width;
  Bytes row(std::max(static_cast<std::size_t>(TIFFScanlineSize(tiff)), row_bytes));
  const auto to_8_bits = [](std::uint32_t v) { return static_cast<std::uint8_t>((v * 255u + 32767u) / 65535u); };
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    if (TIFFReadScanline(tiff, row.data(), y, 0) != 1) return false;
    std::uint8_t* to = pixels.row(y);
    for (std::uint32_t x = 0; x < pixels.width; ++x, to += pixels.channels) {
      std::uint16_t sample[2] = {0, 65535};
      std::memcpy(sample, row.data() + 2 * samples * x, 2 * samples);
      std::uint32_t grey = sample[0];
      if (premultiplied && sample[1] > 0) grey = std::min<std::uint32_t>(65535, grey * 65535u / sample[1]);
      const std::uint8_t value = to_8_bits(grey);
      std::fill_n(to, 3, white_is_zero ? static_cast<std::uint8_t>(255 - value) : value);
      if (pixels.channels == 4) to[3] = to_8_bits(sample[1]);
    }
  }
  return true;
}

}  // namespace

ImageResult<ImageInfo> probe_tiff(ByteView bytes) {
  Memory memory{bytes};
  const auto tiff = open(memory);
  if (!tiff) return corrupt(memory);
  ImageInfo info;
  info.format = Format::tiff;
  info.end = bytes.size();
  if (TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &info.width) == 0 ||
      TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &info.height) == 0 || info.width == 0 || info.height == 0)
    return corrupt(memory);
  const auto orientation = field<std::uint16_t>(tiff.get(), TIFFTAG_ORIENTATION);
  info.orientation = orientation >= 1 && orientation <= 8 ? static_cast<std::uint8_t>(orientation) : std::uint8_t{1};
  info.model = has_alpha(tiff.get()) ? ColourModel::rgba : ColourModel::rgb;
  char why[1024] = "its depth and layout of samples";
  if (is_beyond_us(tiff.get()) || TIFFRGBAImageOK(tiff.get(), why) == 0)
    return image_fault(FaultCode::unsupported_format,
                       fmt::format("the TIFF is of a kind that this build cannot convert: {}", why));
  return info;
}

ImageResult<Pixels> decode_tiff(ByteView bytes, const ImageInfo& info, TiffSource& source) {
  Memory memory{bytes};
  const auto tiff = open(memory);
  if (!tiff) return corrupt(memory);
  // A strip or tile that claims to be far larger than the picture would be allocated whole.
  const std::uint64_t largest = 64 * info.pixels() + (1 << 20);
  const tmsize_t unit = TIFFIsTiled(tiff.get()) != 0 ? TIFFTileSize(tiff.get()) : TIFFStripSize(tiff.get());
  if (unit <= 0 || static_cast<std::uint64_t>(unit) > largest) return corrupt(memory);
  const auto photometric = field<std::uint16_t>(tiff.get(), TIFFTAG_PHOTOMETRIC);
  source.full_chroma = photometric != PHOTOMETRIC_YCBCR;
  source.jpeg_compressed = field<std::uint16_t>(tiff.get(), TIFFTAG_COMPRESSION) == COMPRESSION_JPEG;
  if (source.jpeg_compressed && photometric == PHOTOMETRIC_YCBCR) {
    std::uint16_t across = 2, down = 2;
    TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_YCBCRSUBSAMPLING, &across, &down);
    source.full_chroma = across == 1 && down == 1;
    // libjpeg interpolates chroma; libtiff's own conversion repeats it.
    TIFFSetField(tiff.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
  const bool is_rgb = photometric == PHOTOMETRIC_RGB || photometric == PHOTOMETRIC_PALETTE ||
                      photometric == PHOTOMETRIC_YCBCR;
  std::uint32_t profile_bytes = 0;
  const void* profile = nullptr;
  if (is_rgb && TIFFGetField(tiff.get(), TIFFTAG_ICCPROFILE, &profile_bytes, &profile) != 0)
    source.profile.append({static_cast<const std::byte*>(profile), profile_bytes});
  const bool alpha = info.model == ColourModel::rgba;
  const bool premultiplied = alpha && alpha_is_premultiplied(tiff.get());
  if (is_deep_grey(tiff.get())) {
    Pixels pixels(info.width, info.height, alpha ? 4 : 3);
    if (!read_deep_grey(tiff.get(), premultiplied, pixels) || memory.message[0] != '\0')
      return corrupt(memory);
    return pixels;
  }
  if (alpha) keep_samples_as_they_are(tiff.get());
  TIFFSetField(tiff.get(), TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  Bytes raster(info.pixels() * 4);
  if (TIFFReadRGBAImageOriented(tiff.get(), info.width, info.height, reinterpret_cast<std::uint32_t*>(raster.data()),
                                ORIENTATION_TOPLEFT, 1) == 0 ||
      memory.message[0] != '\0')
    return corrupt(memory);
  // TIFFReadRGBAImage packs a pixel as ABGR in a 32-bit word, which is R, G, B, A in memory of this byte order.
  Pixels pixels(info.width, info.height, alpha ? 4 : 3);
  const auto* in = reinterpret_cast<const std::uint8_t*>(raster.data());
  auto* out = pixels.row(0);
  for (std::uint64_t i = 0; i < info.pixels(); ++i, in += 4, out += pixels.channels) {
    const unsigned a = in[3];
    for (unsigned k = 0; k < 3; ++k)
      out[k] = premultiplied && a > 0 ? static_cast<std::uint8_t>(std::min(255u, (in[k] * 255u + a / 2) / a)) : in[k];
    if (alpha) out[3] = in[3];
  }
  return pixels;
}

}  // namespace visionshard::codec
