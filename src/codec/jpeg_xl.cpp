#include "codec/jpeg_xl.h"

#include <fmt/format.h>
#include <jxl/decode.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>

#include "codec/media_boxes.h"
#include "codec/shared_library.h"

namespace visionshard::codec {
namespace {

#define VISIONSHARD_JXL_FUNCTIONS(X)    \
  X(JxlDecoderCloseInput)               \
  X(JxlDecoderCreate)                   \
  X(JxlDecoderDestroy)                  \
  X(JxlDecoderGetBasicInfo)             \
  X(JxlDecoderGetColorAsICCProfile)     \
  X(JxlDecoderGetExtraChannelInfo)      \
  X(JxlDecoderGetICCProfileSize)        \
  X(JxlDecoderProcessInput)             \
  X(JxlDecoderReleaseJPEGBuffer)        \
  X(JxlDecoderSetImageOutBuffer)        \
  X(JxlDecoderSetInput)                 \
  X(JxlDecoderSetJPEGBuffer)            \
  X(JxlDecoderSetPreferredColorProfile) \
  X(JxlDecoderSubscribeEvents)          \
  X(JxlDecoderVersion)

std::atomic<bool> was_needed = false;

struct Libjxl {
  VISIONSHARD_JXL_FUNCTIONS(VISIONSHARD_FUNCTION_MEMBER)
  SharedLibrary library{VISIONSHARD_JPEG_XL_SONAME};

  Libjxl() {
    VISIONSHARD_JXL_FUNCTIONS(VISIONSHARD_FIND_FUNCTION)
    was_needed = true;
  }
};

const Libjxl& libjxl() {
  static const Libjxl loaded;
  return loaded;
}

using Decoder = std::unique_ptr<JxlDecoder, decltype(&JxlDecoderDestroy)>;

tl::unexpected<ImageFault> corrupt(std::string_view why) {
  return image_fault(FaultCode::corrupt_image, fmt::format("the JPEG XL image {}", why));
}

Decoder open(ByteView bytes, int events) {
  Decoder decoder(libjxl().JxlDecoderCreate(nullptr), libjxl().JxlDecoderDestroy);
  if (!decoder) throw std::bad_alloc();
  libjxl().JxlDecoderSubscribeEvents(decoder.get(), events);
  libjxl().JxlDecoderSetInput(decoder.get(), as_uchar(bytes), bytes.size());
  libjxl().JxlDecoderCloseInput(decoder.get());
  return decoder;
}

bool holds_jpeg(ByteView bytes) {
  bool found = false;
  each_media_box(bytes, [&](const MediaBox& box) { found |= box.type == "jbrd"; });
  return found;
}

// What lossy images are decoded to; lossless ones stay in the space of their own profile.
void prefer_srgb(JxlDecoder* decoder, bool gray) {
  JxlColorEncoding srgb = {};
  srgb.color_space = gray ? JXL_COLOR_SPACE_GRAY : JXL_COLOR_SPACE_RGB;
  srgb.white_point = JXL_WHITE_POINT_D65;
  srgb.primaries = JXL_PRIMARIES_SRGB;
  srgb.transfer_function = JXL_TRANSFER_FUNCTION_SRGB;
  srgb.rendering_intent = JXL_RENDERING_INTENT_PERCEPTUAL;
  libjxl().JxlDecoderSetPreferredColorProfile(decoder, &srgb);
}

void read_profile(JxlDecoder* decoder, Bytes& profile) {
  std::size_t size = 0;
  if (libjxl().JxlDecoderGetICCProfileSize(decoder, nullptr, JXL_COLOR_PROFILE_TARGET_DATA, &size) != JXL_DEC_SUCCESS)
    return;
  profile.resize(size);
  if (libjxl().JxlDecoderGetColorAsICCProfile(decoder, nullptr, JXL_COLOR_PROFILE_TARGET_DATA,
                                              reinterpret_cast<std::uint8_t*>(profile.data()), size) != JXL_DEC_SUCCESS)
    profile = Bytes();
}

}  // namespace

bool jpeg_xl_was_needed() noexcept { return was_needed; }

std::string jpeg_xl_version() {
  if (!libjxl().library.missing().empty()) return "none";
  const std::uint32_t version = libjxl().JxlDecoderVersion();
  return fmt::format("{}.{}.{}", version / 1'000'000, version / 1000 % 1000, version % 1000);
}

ImageResult<ImageInfo> probe_jpeg_xl(ByteView bytes) {
  if (!libjxl().library.missing().empty()) return missing_library("JPEG XL", libjxl().library);
  const Decoder decoder = open(bytes, JXL_DEC_BASIC_INFO);
  JxlBasicInfo basic;
  if (libjxl().JxlDecoderProcessInput(decoder.get()) != JXL_DEC_BASIC_INFO ||
      libjxl().JxlDecoderGetBasicInfo(decoder.get(), &basic) != JXL_DEC_SUCCESS)
    return corrupt("is damaged or cut off in its header");
  ImageInfo info;
  info.format = Format::jpeg_xl;
  info.end = bytes.size();
  info.width = basic.xsize;
  info.height = basic.ysize;
  const bool alpha = basic.alpha_bits > 0, gray = basic.num_color_channels == 1;
  info.model = gray ? alpha ? ColorModel::gray_alpha : ColorModel::gray : alpha ? ColorModel::rgba : ColorModel::rgb;
  info.bit_depth = static_cast<std::uint8_t>(std::min<std::uint32_t>(basic.bits_per_sample, 16));
  info.animated = basic.have_animation != 0;
  info.channels = basic.num_color_channels + basic.num_extra_channels;
  info.holds_jpeg = holds_jpeg(bytes);
  // The format allows 4,096 (ISO/IEC 18181-1, section D.3.1), each a plane in memory; pictures have a few.
  constexpr std::uint32_t max_channels = 16;
  if (info.channels > max_channels)
    return image_fault(
        FaultCode::unsupported_format,
        fmt::format("the image is JPEG XL of {} channels; at most {} are read", info.channels, max_channels));
  for (std::size_t i = 0; i < basic.num_extra_channels; ++i) {
    JxlExtraChannelInfo extra;
    if (libjxl().JxlDecoderGetExtraChannelInfo(decoder.get(), i, &extra) == JXL_DEC_SUCCESS &&
        extra.type == JXL_CHANNEL_BLACK)
      return image_fault(FaultCode::unsupported_format, "the image is CMYK JPEG XL, which cannot be converted");
  }
  return info;
}

ImageResult<Pixels> decode_jpeg_xl(ByteView bytes, const ImageInfo& info, Bytes& profile) {
  const bool gray = info.model == ColorModel::gray || info.model == ColorModel::gray_alpha;
  const bool alpha = info.model == ColorModel::rgba || info.model == ColorModel::gray_alpha;
  const Decoder decoder = open(bytes, JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE);
  Pixels pixels;
  bool premultiplied = false;
  for (;;) {
    switch (libjxl().JxlDecoderProcessInput(decoder.get())) {
      case JXL_DEC_BASIC_INFO: {
        JxlBasicInfo basic;
        premultiplied =
            libjxl().JxlDecoderGetBasicInfo(decoder.get(), &basic) == JXL_DEC_SUCCESS && basic.alpha_premultiplied;
        break;
      }
      case JXL_DEC_COLOR_ENCODING:
        prefer_srgb(decoder.get(), gray);
        read_profile(decoder.get(), profile);
        break;
      case JXL_DEC_NEED_IMAGE_OUT_BUFFER: {
        pixels = Pixels(info.width, info.height, alpha ? 4 : 3);
        const JxlPixelFormat format = {pixels.channels, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
        if (libjxl().JxlDecoderSetImageOutBuffer(decoder.get(), &format, pixels.row(0), pixels.data.size()) !=
            JXL_DEC_SUCCESS)
          return corrupt("is not of the size its header says");
        break;
      }
      case JXL_DEC_FULL_IMAGE:  // an animation's first frame
        if (alpha && premultiplied) unmultiply(pixels);
        return pixels;
      default: return corrupt("is damaged or cut off");
    }
  }
}

Bytes jpeg_of_jpeg_xl(ByteView bytes, std::size_t max_bytes) {
  const Decoder decoder = open(bytes, JXL_DEC_JPEG_RECONSTRUCTION | JXL_DEC_FULL_IMAGE);
  Bytes jpeg;
  std::size_t written = 0;
  const auto give_room = [&](std::size_t size) {
    jpeg.resize(size);
    return libjxl().JxlDecoderSetJPEGBuffer(decoder.get(), reinterpret_cast<std::uint8_t*>(jpeg.data()) + written,
                                            size - written) == JXL_DEC_SUCCESS;
  };
  for (;;) {
    switch (libjxl().JxlDecoderProcessInput(decoder.get())) {
      case JXL_DEC_JPEG_RECONSTRUCTION:
        // A fifth less than the JPEG's is what such files take.
        if (!give_room(std::min(bytes.size() * 3 / 2 + 4096, max_bytes))) return {};
        break;
      case JXL_DEC_JPEG_NEED_MORE_OUTPUT:
        written = jpeg.size() - libjxl().JxlDecoderReleaseJPEGBuffer(decoder.get());
        if (jpeg.size() >= max_bytes || !give_room(std::min(jpeg.size() * 3 / 2, max_bytes))) return {};
        break;
      case JXL_DEC_FULL_IMAGE:
        jpeg.resize(jpeg.size() - libjxl().JxlDecoderReleaseJPEGBuffer(decoder.get()));
        return jpeg;
      default: return {};
    }
  }
}

}  // namespace visionshard::codec
