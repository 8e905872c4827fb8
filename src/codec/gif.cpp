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

tl::unexpected<ImageFault> corrupt_gif(std::string_view why) {
  return image_fault(FaultCode::corrupt_image, fmt::format("the GIF {}", why));
}

constexpr std::uint8_t extension = 0x21, image_descriptor = 0x2C, trailer = 0x3B, graphic_control = 0xF9,
                       application = 0xFF;
constexpr std::size_t gif_header_bytes = 13;

std::size_t table_bytes(std::uint8_t flags) { return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0; }

// Returns the offset after the sub-blocks that begin at `at`; 0 if they are cut off.
std::size_t skip_sub_blocks(ByteView bytes, std::size_t at) {
  while (at < bytes.size()) {
    const std::size_t length = u8(bytes, at);
    at += 1 + length;
    if (length == 0) return at;
  }
  return 0;
}

// Where the first image begins, and what the extensions before it say of it.
struct Opening {
  std::size_t tables_end = 0;  // after the header and the common palette
  std::size_t image = 0;       // offset of the image descriptor
  int transparent = -1;
  Bytes profile;  // ICC
};

ImageResult<Opening> read_opening(ByteView bytes) {
  if (bytes.size() < gif_header_bytes) return corrupt_gif("is cut off in its header");
  Opening o;
  o.tables_end = o.image = gif_header_bytes + table_bytes(u8(bytes, 10));
  for (std::size_t& at = o.image;;) {
    // Stray bytes between blocks are passed over, as Pillow and browsers do.
    const auto begins_block = [&](std::uint8_t b) { return b == extension || b == image_descriptor || b == trailer; };
    while (at < bytes.size() && !begins_block(u8(bytes, at))) ++at;
    if (at < bytes.size() && u8(bytes, at) == trailer) return corrupt_gif("holds no image");
    if (at + 10 > bytes.size()) return corrupt_gif("is cut off before its first image");
    if (u8(bytes, at) == image_descriptor) return o;
    // GIF89a section 23: four bytes, the first with the flag, the last with the index.
    if (u8(bytes, at + 1) == graphic_control && u8(bytes, at + 2) >= 4 && (u8(bytes, at + 3) & 1) != 0)
      o.transparent = u8(bytes, at + 6);
    const std::size_t next = skip_sub_blocks(bytes, at + 2);
    if (next == 0) return corrupt_gif("is cut off before its first image");
    // Specification ICC.1, annex B.4: an application extension whose sub-blocks are the profile.
    constexpr std::string_view profile_name = "\x0BICCRGBG1012";
    if (u8(bytes, at + 1) == application && text_at(bytes, at + 2, profile_name) && o.profile.empty())
      for (std::size_t block = at + 2 + profile_name.size(); u8(bytes, block) > 0; block += 1u + u8(bytes, block))
        o.profile.append(bytes.subspan(block + 1, u8(bytes, block)));
    at = next;
  }
}

struct Close {
  void operator()(GifFileType* gif) const noexcept { DGifCloseFile(gif, nullptr); }
};

// What giflib is given to read: the tables, then the image, and nothing in between.
struct Pieces {
  ByteView tables, image;
};

int read_bytes(GifFileType* gif, GifByteType* out, int size) {
  Pieces& rest = *static_cast<Pieces*>(gif->UserData);
  ByteView& from = rest.tables.empty() ? rest.image : rest.tables;
  if (from.empty() && size == 1) {
    // A file may end with its last pixel; giflib requires the end of the block as well.
    *out = 0;
    return 1;
  }
  const std::size_t count = std::min(from.size(), static_cast<std::size_t>(size));
  std::memcpy(out, from.data(), count);
  from = from.subspan(count);
  return static_cast<int>(count);
}

struct Frame {
  ColorMapObject* colors = nullptr;  // nullptr: shades of gray
  std::uint32_t left = 0, top = 0, width = 0, height = 0;
  std::vector<GifByteType> indexes;
};

// The image's codes in the order they come, out of its sub-blocks.
class CodeReader {
 public:
  CodeReader(ByteView bytes, std::size_t at) : bytes_(bytes), at_(at) {}

  // Negative where the data ends.
  int next(unsigned width) {
    while (bits_ < width) {
      if (block_left_ == 0) {
        if (at_ >= bytes_.size() || u8(bytes_, at_) == 0) return -1;
        block_left_ = u8(bytes_, at_++);
      }
      if (at_ >= bytes_.size()) return -1;
      buffer_ |= std::uint32_t{u8(bytes_, at_++)} << bits_;
      bits_ += 8;
      --block_left_;
    }
    const std::uint32_t code = buffer_ & ((1u << width) - 1);
    buffer_ >>= width;
    bits_ -= width;
    return static_cast<int>(code);
  }

 private:
  ByteView bytes_;
  std::size_t at_, block_left_ = 0;
  std::uint32_t buffer_ = 0;
  unsigned bits_ = 0;
};

// giflib takes a code that stands for nothing yet for the one that would come next, and the picture goes wrong from
// there on. `image` is the offset of the descriptor.
bool has_sound_codes(ByteView bytes, std::size_t image, std::uint64_t pixels) {
  const std::size_t begin = image + 10 + table_bytes(u8(bytes, image + 9));
  if (begin >= bytes.size()) return false;
  const unsigned min_width = u8(bytes, begin);
  if (min_width < 1 || min_width > 8) return false;
  const unsigned clear = 1u << min_width, end = clear + 1;
  std::vector<std::uint32_t> length(4096, 1);
  CodeReader codes(bytes, begin + 1);
  unsigned next = end + 1, width = min_width + 1;
  int previous = -1;
  for (std::uint64_t done = 0; done < pixels;) {
    const int code = codes.next(width);
    if (code < 0 || static_cast<unsigned>(code) == end) return false;
    const auto c = static_cast<unsigned>(code);
    if (c == clear) {
      next = end + 1;
      width = min_width + 1;
      previous = -1;
      continue;
    }
    if (c > next || (c == next && previous < 0) || (previous < 0 && c > end) || (c >= clear && c <= end)) return false;
    if (previous >= 0 && next < 4096) {
      length[next] = length[static_cast<unsigned>(previous)] + 1;
      ++next;
    }
    done += c < clear ? 1 : length[c];
    if (next == 1u << width && width < 12) ++width;
    previous = code;
  }
  return true;
}

ImageResult<Frame> read_frame(GifFileType* gif, const ImageInfo& info) {
  Frame frame;
  GifRecordType type;
  if (DGifGetRecordType(gif, &type) == GIF_ERROR || DGifGetImageHeader(gif) == GIF_ERROR)
    return corrupt_gif("has a damaged image header");
  const GifImageDesc& image = gif->Image;
  frame.colors = image.ColorMap != nullptr ? image.ColorMap : gif->SColorMap;
  frame.left = static_cast<std::uint32_t>(image.Left);
  frame.top = static_cast<std::uint32_t>(image.Top);
  frame.width = static_cast<std::uint32_t>(image.Width);
  frame.height = static_cast<std::uint32_t>(image.Height);
  if (frame.left + frame.width > info.width || frame.top + frame.height > info.height)
    return corrupt_gif("has a frame outside its canvas");
  frame.indexes.resize(std::size_t{frame.width} * frame.height);
  // Interlaced rows come in four passes (GIF89a, appendix E).
  static constexpr std::uint32_t first[] = {0, 4, 2, 1, 0}, step[] = {8, 8, 4, 2, 1};
  for (int pass = image.Interlace ? 0 : 4; pass < (image.Interlace ? 4 : 5); ++pass)
    for (std::uint32_t y = first[pass]; y < frame.height; y += step[pass])
      if (DGifGetLine(gif, frame.indexes.data() + std::size_t{y} * frame.width, image.Width) == GIF_ERROR)
        return corrupt_gif("is damaged or cut off in its image data");
  return frame;
}

}  // namespace

ImageResult<ImageInfo> probe_gif(ByteView bytes) {
  const auto opening = VISIONSHARD_TRY(read_opening(bytes));
  const std::size_t at = opening.image;
  ImageInfo info;
  info.format = Format::gif;
  info.end = bytes.size();
  // Where a frame is larger than the canvas, browsers and Pillow make the canvas larger.
  info.width = std::max<std::uint32_t>(le16(bytes, 6), le16(bytes, at + 1) + le16(bytes, at + 5));
  info.height = std::max<std::uint32_t>(le16(bytes, 8), le16(bytes, at + 3) + le16(bytes, at + 7));
  if (le16(bytes, at + 5) == 0 || le16(bytes, at + 7) == 0) return corrupt_gif("has an image without width or height");
  return info;
}

ImageResult<Pixels> decode_gif(ByteView bytes, const ImageInfo& info, Bytes& profile) {
  auto opening = VISIONSHARD_TRY(read_opening(bytes));
  profile = std::move(opening.profile);
  int error = 0;
  Pieces rest{bytes.first(opening.tables_end), bytes.subspan(opening.image)};
  const std::unique_ptr<GifFileType, Close> gif(DGifOpen(&rest, read_bytes, &error));
  if (!gif) {
    if (error == D_GIF_ERR_NOT_ENOUGH_MEM) throw std::bad_alloc();
    return corrupt_gif("has a damaged header");
  }
  const std::uint64_t frame_pixels = std::uint64_t{le16(bytes, opening.image + 5)} * le16(bytes, opening.image + 7);
  if (!has_sound_codes(bytes, opening.image, frame_pixels))
    return corrupt_gif("is damaged or cut off in its image data");
  auto frame = VISIONSHARD_TRY(read_frame(gif.get(), info));
  const std::uint32_t channels = opening.transparent >= 0 ? 4 : 3;
  Pixels pixels(info.width, info.height, channels);
  const auto put = [&](std::uint8_t* to, int index) {
    const auto gray = static_cast<GifByteType>(frame.colors == nullptr ? index : 0);
    const GifColorType other{gray, gray, gray};
    const bool has_color = frame.colors != nullptr && index < frame.colors->ColorCount;
    const GifColorType& color = has_color ? frame.colors->Colors[index] : other;
    to[0] = color.Red;
    to[1] = color.Green;
    to[2] = color.Blue;
    if (channels == 4) to[3] = index == opening.transparent ? 0 : 255;
  };
  if (frame.width != info.width || frame.height != info.height)
    for (std::uint32_t y = 0; y < info.height; ++y)
      for (std::uint32_t x = 0; x < info.width; ++x)
        put(pixels.row(y) + std::size_t{x} * channels, std::max(opening.transparent, 0));
  const GifByteType* index = frame.indexes.data();
  for (std::uint32_t y = 0; y < frame.height; ++y) {
    std::uint8_t* to = pixels.row(frame.top + y) + std::size_t{frame.left} * channels;
    for (std::uint32_t x = 0; x < frame.width; ++x, to += channels) put(to, *index++);
  }
  return pixels;
}

}  // namespace visionshard::codec
