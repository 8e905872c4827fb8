#include "codec/gif.h"

#include <fmt/format.h>
#include <gif_lib.h>

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include "codec/byte_order.h"

namespace visionshard::codec {
namespace {

tl::unexpected<ImageFault> corrupt(std::string_view why) {
  return image_fault(FaultCode::corrupt_image, fmt::format("the GIF {}", why));
}

constexpr std::uint8_t extension = 0x21, image_descriptor = 0x2C, trailer = 0x3B, graphic_control = 0xF9;
constexpr std::size_t header_bytes = 13;

std::size_t table_bytes(std::uint8_t flags) { return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0; }

// Behind the sub-blocks that begin at `at`; 0 where they are cut off.
std::size_t skip_sub_blocks(ByteView bytes, std::size_t at) {
  while (at < bytes.size()) {
    const std::size_t length = u8(bytes, at);
    at += 1 + length;
    if (length == 0) return at;
  }
  return 0;
}

struct Close {
  void operator()(GifFileType* gif) const noexcept { DGifCloseFile(gif, nullptr); }
};

int read_bytes(GifFileType* gif, GifByteType* out, int size) {
  ByteView& rest = *static_cast<ByteView*>(gif->UserData);
  const std::size_t count = std::min(rest.size(), static_cast<std::size_t>(size));
  std::memcpy(out, rest.data(), count);
  rest = rest.subspan(count);
  return static_cast<int>(count);
}

struct Frame {
  ColorMapObject* colours = nullptr;
  int transparent = -1;
  std::uint32_t left = 0, top = 0, width = 0, height = 0;
  std::vector<GifByteType> indexes;
};

ImageResult<Frame> read_frame(GifFileType* gif, const ImageInfo& info) {
  Frame frame;
  for (;;) {
    GifRecordType type;
    if (DGifGetRecordType(gif, &type) == GIF_ERROR) return corrupt("is damaged or cut off");
    if (type == TERMINATE_RECORD_TYPE) return corrupt("holds no image");
    if (type == EXTENSION_RECORD_TYPE) {
      int code = 0;
      GifByteType* block = nullptr;
      for (int ok = DGifGetExtension(gif, &code, &block); block != nullptr || ok == GIF_ERROR;
           ok = DGifGetExtensionNext(gif, &block)) {
        if (ok == GIF_ERROR) return corrupt("has a damaged extension");
        if (code == graphic_control && block[0] >= 4 && (block[1] & 1) != 0) frame.transparent = block[4];
      }
      continue;
    }
    if (type != IMAGE_DESC_RECORD_TYPE) continue;
    if (DGifGetImageHeader(gif) == GIF_ERROR) return corrupt("has a damaged image header");
    break;
  }
  const GifImageDesc& image = gif->Image;
  frame.colours = image.ColorMap != nullptr ? image.ColorMap : gif->SColorMap;
  frame.left = static_cast<std::uint32_t>(image.Left);
  frame.top = static_cast<std::uint32_t>(image.Top);
  frame.width = static_cast<std::uint32_t>(image.Width);
  frame.height = static_cast<std::uint32_t>(image.Height);
  if (frame.colours == nullptr) return corrupt("has no palette");
  if (frame.left + frame.width > info.width || frame.top + frame.height > info.height)
    return corrupt("has a frame outside its canvas");
  frame.indexes.resize(std::size_t{frame.width} * frame.height);
  // Interlaced rows come in four passes (GIF89a, appendix E).
  static constexpr std::uint32_t first[] = {0, 4, 2, 1, 0}, step[] = {8, 8, 4, 2, 1};
  for (int pass = image.Interlace ? 0 : 4; pass < (image.Interlace ? 4 : 5); ++pass)
    for (std::uint32_t y = first[pass]; y < frame.height; y += step[pass])
      if (DGifGetLine(gif, frame.indexes.data() + std::size_t{y} * frame.width, image.Width) == GIF_ERROR)
        return corrupt("is damaged or cut off in its image data");
  return frame;
}

}  // namespace

ImageResult<ImageInfo> probe_gif(ByteView bytes) {
  if (bytes.size() < header_bytes) return corrupt("is cut off in its header");
  ImageInfo info;
  info.format = Format::gif;
  info.end = bytes.size();
  std::size_t at = header_bytes + table_bytes(u8(bytes, 10));
  while (at < bytes.size() && u8(bytes, at) == extension) {
    at = skip_sub_blocks(bytes, at + 2);
    if (at == 0) break;
  }
  if (at == 0 || at + 10 > bytes.size()) return corrupt("is cut off before its first image");
  if (u8(bytes, at) != image_descriptor) return corrupt(u8(bytes, at) == trailer ? "holds no image" : "is damaged");
  // Where a frame is larger than the canvas, browsers and Pillow make the canvas larger.
  info.width = std::max<std::uint32_t>(le16(bytes, 6), le16(bytes, at + 1) + le16(bytes, at + 5));
  info.height = std::max<std::uint32_t>(le16(bytes, 8), le16(bytes, at + 3) + le16(bytes, at + 7));
  if (le16(bytes, at + 5) == 0 || le16(bytes, at + 7) == 0) return corrupt("has an image without width or height");
  return info;
}

ImageResult<Pixels> decode_gif(ByteView bytes, const ImageInfo& info) {
  int error = 0;
  ByteView rest = bytes;
  const std::unique_ptr<GifFileType, Close> gif(DGifOpen(&rest, read_bytes, &error));
  if (!gif) {
    if (error == D_GIF_ERR_NOT_ENOUGH_MEM) throw std::bad_alloc();
    return corrupt("has a damaged header");
  }
  auto frame = read_frame(gif.get(), info);
  if (!frame) return tl::unexpected(frame.error());
  const std::uint32_t channels = frame->transparent >= 0 ? 4 : 3;
  Pixels pixels(info.width, info.height, channels);
  const auto put = [&](std::uint8_t* to, int index) {
    static constexpr GifColorType black{0, 0, 0};
    const GifColorType& colour = index < frame->colours->ColorCount ? frame->colours->Colors[index] : black;
    to[0] = colour.Red;
    to[1] = colour.Green;
    to[2] = colour.Blue;
    if (channels == 4) to[3] = index == frame->transparent ? 0 : 255;
  };
  if (frame->width != info.width || frame->height != info.height)
    for (std::uint32_t y = 0; y < info.height; ++y)
      for (std::uint32_t x = 0; x < info.width; ++x)
        put(pixels.row(y) + std::size_t{x} * channels, std::max(frame->transparent, 0));
  const GifByteType* index = frame->indexes.data();
  for (std::uint32_t y = 0; y < frame->height; ++y) {
    std::uint8_t* to = pixels.row(frame->top + y) + std::size_t{frame->left} * channels;
    for (std::uint32_t x = 0; x < frame->width; ++x, to += channels) put(to, *index++);
  }
  return pixels;
}

}  // namespace visionshard::codec
