#include "codec/jpeg_2000.h"

#include <fmt/format.h>
#include <openjpeg.h>

#include <array>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "codec/jpeg_2000_header.h"

namespace visionshard::codec {
namespace {

using Codec = std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)>;
using Stream = std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)>;
using Image = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

tl::unexpected<ImageFault> corrupt(std::string_view why) {
  return image_fault(FaultCode::corrupt_image, fmt::format("the JPEG 2000 image {}", why));
}

struct Source {
  ByteView bytes;
  std::size_t at = 0;
};

OPJ_SIZE_T read_bytes(void* to, OPJ_SIZE_T size, void* user) {
  Source& source = *static_cast<Source*>(user);
  const std::size_t count = std::min<std::size_t>(size, source.bytes.size() - source.at);
  if (count == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(to, source.bytes.data() + source.at, count);
  source.at += count;
  return count;
}

OPJ_BOOL seek_to(OPJ_OFF_T at, void* user) {
  Source& source = *static_cast<Source*>(user);
  if (at < 0 || static_cast<std::uint64_t>(at) > source.bytes.size()) return OPJ_FALSE;
  source.at = static_cast<std::size_t>(at);
  return OPJ_TRUE;
}

OPJ_OFF_T skip_bytes(OPJ_OFF_T count, void* user) {
  const auto at = static_cast<OPJ_OFF_T>(static_cast<Source*>(user)->at);
  return seek_to(at + count, user) ? count : -1;
}

Stream open_stream(Source& source) {
  Stream stream(opj_stream_create(1 << 16, OPJ_TRUE), opj_stream_destroy);
  if (!stream) throw std::bad_alloc();
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), source.bytes.size());
  opj_stream_set_read_function(stream.get(), read_bytes);
  opj_stream_set_skip_function(stream.get(), skip_bytes);
  opj_stream_set_seek_function(stream.get(), seek_to);
  return stream;
}

void keep_first(const char* message, void* user) {
  std::string& text = *static_cast<std::string*>(user);
  if (!text.empty()) return;
  text = message;
  while (!text.empty() && (text.back() == '\n' || text.back() == '.')) text.pop_back();
}

// One component's samples at the picture's own places, scaled to 8 bits.
class Plane {
 public:
  Plane(const opj_image_t& image, const opj_image_comp_t& component)
      : component_(component), first_(image.comps[0]), maximum_((std::uint64_t{1} << component.prec) - 1) {}

  std::uint8_t at(std::uint32_t x, std::uint32_t y) const noexcept {
    const auto place = [](std::uint32_t at, std::uint32_t begin, std::uint32_t step, std::uint32_t own_begin,
                          std::uint32_t own_step, std::uint32_t length) {
      const std::uint64_t index = (std::uint64_t{begin} + at) * step / own_step;
      return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(index, own_begin, own_begin + length - 1) -
                                        own_begin);
    };
    const std::uint32_t column = place(x, first_.x0, first_.dx, component_.x0, component_.dx, component_.w);
    const std::uint32_t row = place(y, first_.y0, first_.dy, component_.y0, component_.dy, component_.h);
    std::int64_t value = component_.data[std::size_t{row} * component_.w + column];
    if (component_.sgnd != 0) value += std::int64_t{1} << (component_.prec - 1);
    const auto clamped =
        static_cast<std::uint64_t>(std::clamp<std::int64_t>(value, 0, static_cast<std::int64_t>(maximum_)));
    return static_cast<std::uint8_t>((510 * clamped + maximum_) / (2 * maximum_));
  }

 private:
  const opj_image_comp_t& component_;
  const opj_image_comp_t& first_;
  std::uint64_t maximum_;
};

// ITU-R BT.601 as JPEG uses it: what sYCC is (IEC 61966-2-1, annex G).
void ycc_to_rgb(std::uint8_t* p) noexcept {
  const double y = p[0], cb = p[1] - 128.0, cr = p[2] - 128.0;
  const auto sample = [](double v) { return static_cast<std::uint8_t>(std::clamp(v, 0.0, 255.0) + 0.5); };
  p[0] = sample(y + 1.402 * cr);
  p[1] = sample(y - 0.344136 * cb - 0.714136 * cr);
  p[2] = sample(y + 1.772 * cb);
}

ImageResult<Pixels> pixels_of(const opj_image_t& image, const ImageInfo& info) {
  std::vector<const opj_image_comp_t*> colors;
  const opj_image_comp_t* alpha = nullptr;
  for (std::uint32_t i = 0; i < image.numcomps; ++i) {
    const opj_image_comp_t& component = image.comps[i];
    if (component.data == nullptr || component.w == 0 || component.h == 0 || component.prec == 0 || component.prec > 31)
      return corrupt("has a channel without samples");
    if (component.alpha == 0)
      colors.push_back(&component);
    else if (alpha == nullptr)
      alpha = &component;
  }
  const bool cmyk = info.model == ColorModel::cmyk;
  // Where the file does not say what a second or fourth channel is, it is alpha, as Pillow has it.
  if (alpha == nullptr && !cmyk && (colors.size() == 2 || colors.size() == 4)) {
    alpha = colors.back();
    colors.pop_back();
  }
  if (colors.size() != (cmyk ? 4u : 1u) && colors.size() != (cmyk ? 4u : 3u))
    return image_fault(
        FaultCode::unsupported_format,
        fmt::format("the image is JPEG 2000 of {} color channels, which cannot be converted", colors.size()));
  const opj_image_comp_t& first = image.comps[0];
  if (first.w != info.width || first.h != info.height) return corrupt("is not of the size its header says");
  // Bare codestreams do not name their color space: subsampled chroma means YCC.
  const bool ycc = colors.size() == 3 &&
                   (image.color_space == OPJ_CLRSPC_SYCC ||
                    (image.color_space != OPJ_CLRSPC_SRGB && first.dx == first.dy && colors[1]->dx != first.dx));
  Pixels pixels(info.width, info.height, alpha != nullptr || cmyk ? 4 : 3);
  std::vector<Plane> planes;
  for (const opj_image_comp_t* const color : colors) planes.emplace_back(image, *color);
  if (alpha != nullptr) planes.emplace_back(image, *alpha);
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    std::uint8_t* p = pixels.row(y);
    for (std::uint32_t x = 0; x < pixels.width; ++x, p += pixels.channels) {
      for (std::size_t k = 0; k < pixels.channels; ++k)
        p[k] = colors.size() == 1 && k < 3 ? planes[0].at(x, y) : planes[std::min(k, planes.size() - 1)].at(x, y);
      if (ycc) ycc_to_rgb(p);
    }
  }
  constexpr unsigned premultiplied = 2;
  if (alpha != nullptr && alpha->alpha == premultiplied) unmultiply(pixels);
  return pixels;
}

}  // namespace

const char* jpeg_2000_version() noexcept { return opj_version(); }

// The codestream's first segment has all of it (ISO/IEC 15444-1, annex A.5.1). It is read here because OpenJPEG
// allocates memory for every tile that the segment declares before it returns the size.
ImageResult<ImageInfo> probe_jpeg_2000(ByteView bytes) {
  const Jpeg2000Wrapping wrapping = read_jpeg_2000_wrapping(bytes);
  const ByteView b = wrapping.codestream;
  constexpr std::size_t fixed_bytes = 42;
  if (b.size() < fixed_bytes || be32(b, 0) != 0xFF4FFF51) return corrupt("has no codestream");
  const std::uint32_t channels = be16(b, 40);
  if (b.size() < fixed_bytes + 3 * std::size_t{channels}) return corrupt("is cut off in its header");
  if (channels < 1 || channels > 4)
    return image_fault(FaultCode::unsupported_format,
                       fmt::format("the image is JPEG 2000 of {} channels; 1 to 4 can be converted", channels));
  // OpenJPEG makes a plane of each.
  constexpr std::size_t max_palette_channels = 4;
  if (wrapping.palette && wrapping.palette_channels > max_palette_channels)
    return image_fault(FaultCode::unsupported_format,
                       fmt::format("the image is JPEG 2000 whose palette has {} channels; 1 to {} can be converted",
                                   wrapping.palette_channels, max_palette_channels));
  struct Axis {
    std::uint32_t end, begin, tile, first_tile;
  };
  const std::array<Axis, 2> axes = {Axis{be32(b, 8), be32(b, 16), be32(b, 24), be32(b, 32)},
                                    Axis{be32(b, 12), be32(b, 20), be32(b, 28), be32(b, 36)}};
  const auto divided_up = [](std::uint64_t value, std::uint64_t by) { return (value + by - 1) / by; };
  std::uint64_t tiles = 1;
  std::array<std::uint32_t, 2> sides{};
  for (std::size_t k = 0; k < 2; ++k) {
    const Axis& a = axes[k];
    const std::uint32_t step = u8(b, fixed_bytes + 1 + k);
    if (a.end <= a.begin || a.tile == 0 || a.first_tile > a.begin || step == 0) return corrupt("has a damaged header");
    sides[k] = static_cast<std::uint32_t>(divided_up(a.end, step) - divided_up(a.begin, step));
    if (sides[k] == 0) return corrupt("has no width or height");
    tiles *= divided_up(a.end - a.first_tile, a.tile);
  }
  constexpr std::uint64_t max_tiles = 65535;
  if (tiles > max_tiles) return corrupt("has more tiles than the format allows");
  ImageInfo info;
  info.format = Format::jpeg_2000;
  info.end = bytes.size();
  info.width = sides[0];
  info.height = sides[1];
  info.channels = wrapping.palette ? 4 : channels;
  // A channel may be finer than the first.
  info.coded_pixels = std::uint64_t{axes[0].end - axes[0].begin} * (axes[1].end - axes[1].begin);
  const Jpeg2000Parts parts = read_jpeg_2000_parts(b, channels, static_cast<std::size_t>(tiles));
  if (std::find(parts.tiles.begin(), parts.tiles.end(), false) != parts.tiles.end())
    info.loss = "tiles of the JPEG 2000 image are missing";
  // OpenJPEG's own: measured at 440 bytes a block and 11 KB a tile of three channels.
  constexpr std::uint64_t block_bytes = 512, tile_bytes = 6 << 10, tile_channel_bytes = 2 << 10, max_bytes = 1 << 30;
  info.decoder_bytes = parts.sizes.count(channels * info.coded_pixels) * block_bytes +
                       tiles * (tile_bytes + channels * tile_channel_bytes);
  if (info.decoder_bytes > max_bytes)
    return image_fault(
        FaultCode::unsupported_format,
        fmt::format("the JPEG 2000 image is cut into so many tiles and blocks that decoding it would take "
                    "{} bytes of memory beside its pixels, more than {}",
                    info.decoder_bytes, max_bytes));
  constexpr std::array<ColorModel, 4> models = {ColorModel::gray, ColorModel::gray_alpha, ColorModel::rgb,
                                                ColorModel::rgba};
  info.model = wrapping.palette                 ? ColorModel::palette
               : wrapping.cmyk && channels == 4 ? ColorModel::cmyk
                                                : models[channels - 1];
  info.bit_depth = static_cast<std::uint8_t>(std::min((u8(b, fixed_bytes) & 0x7F) + 1, 16));
  return info;
}

ImageResult<Pixels> decode_jpeg_2000(ByteView bytes, const ImageInfo& info, Bytes& profile) {
  const bool bare = is_jpeg_2000_codestream(bytes);
  const Codec codec(opj_create_decompress(bare ? OPJ_CODEC_J2K : OPJ_CODEC_JP2), opj_destroy_codec);
  if (!codec) throw std::bad_alloc();
  std::string error, warning;
  opj_set_error_handler(codec.get(), keep_first, &error);
  opj_set_warning_handler(codec.get(), keep_first, &warning);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (!opj_setup_decoder(codec.get(), &parameters)) throw std::bad_alloc();
  Source source{bytes};
  const Stream stream = open_stream(source);
  opj_image_t* raw = nullptr;
  bool sound = opj_read_header(stream.get(), codec.get(), &raw) != 0;
  const Image image(raw, opj_image_destroy);
  // Without opj_end_decompress, which reads on: what stands after the codestream is no part of the picture.
  sound = sound && opj_decode(codec.get(), stream.get(), image.get());
  if (!sound) return corrupt(fmt::format("cannot be decoded: {}", error));
  if (!warning.empty()) return corrupt(fmt::format("is damaged: {}", warning));
  // A length of 0 with a buffer: the parameters of CIE L*a*b*.
  if (image->icc_profile_buf != nullptr && image->icc_profile_len == 0)
    return image_fault(FaultCode::unsupported_format,
                       "the image is JPEG 2000 in CIE L*a*b*, which cannot be converted");
  if (image->color_space == OPJ_CLRSPC_EYCC)
    return image_fault(FaultCode::unsupported_format, "the image is JPEG 2000 in e-sYCC, which cannot be converted");
  profile.append(std::as_bytes(std::span(image->icc_profile_buf, image->icc_profile_len)));
  return pixels_of(*image, info);
}

}  // namespace visionshard::codec
