#include "codec/webp/webp.h"

#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include <memory>
#include <new>

namespace visionshard::codec {
namespace {

tl::unexpected<ImageFault> undecodable(const char* why) {
  return image_fault(FaultCode::corrupt_image, fmt::format("the WebP cannot be decoded: {}", why));
}

ImageResult<Pixels> decode_first_frame(ByteView bytes, const WebpStructure& structure) {
  WebPAnimDecoderOptions options;
  if (WebPAnimDecoderOptionsInit(&options) == 0) throw std::bad_alloc();
  options.color_mode = MODE_RGBA;
  const WebPData data{as_uchar(bytes), bytes.size()};
  const std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)> decoder(WebPAnimDecoderNew(&data, &options),
                                                                                   WebPAnimDecoderDelete);
  std::uint8_t* canvas = nullptr;
  int timestamp = 0;
  if (!decoder || WebPAnimDecoderGetNext(decoder.get(), &canvas, &timestamp) == 0)
    return undecodable("its first frame is damaged");
  Pixels pixels(structure.info.width, structure.info.height, 4);
  std::memcpy(pixels.data.data(), canvas, pixels.data.size());
  // Without the flag, what the frame leaves free of its canvas is black, as Pillow shows it.
  return !structure.has_alpha || is_opaque(pixels) ? without_alpha(pixels) : std::move(pixels);
}

class Demuxer {
 public:
  explicit Demuxer(ByteView bytes) : data_{as_uchar(bytes), bytes.size()}, demuxer_(WebPDemux(&data_)) {}
  ~Demuxer() {
    WebPDemuxReleaseIterator(&frame_);
    WebPDemuxDelete(demuxer_);
  }
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;

  explicit operator bool() const noexcept { return demuxer_ != nullptr; }

  // Its chunks, for the decoder; a view into the file.
  ByteView first_frame() const {
    if (WebPDemuxGetFrame(demuxer_, 1, &frame_) == 0) return {};
    return std::as_bytes(std::span(frame_.fragment.bytes, frame_.fragment.size));
  }

 private:
  WebPData data_;
  WebPDemuxer* demuxer_;
  mutable WebPIterator frame_{};
};

struct Picture {
  WebPPicture picture;
  WebPMemoryWriter writer;

  explicit Picture(const Pixels& pixels) {
    WebPMemoryWriterInit(&writer);
    if (WebPPictureInit(&picture) == 0) throw std::bad_alloc();
    picture.width = static_cast<int>(pixels.width);
    picture.height = static_cast<int>(pixels.height);
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
  }
  ~Picture() {
    WebPPictureFree(&picture);
    WebPMemoryWriterClear(&writer);
  }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
};

ImageResult<Bytes> encode(Picture& out, WebPConfig& config) {
  while (WebPEncode(&config, &out.picture) == 0) {
    const WebPEncodingError error = out.picture.error_code;
    if (error == VP8_ENC_ERROR_OUT_OF_MEMORY || error == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY) throw std::bad_alloc();
    // The format has 512 KB for all prediction modes, which fine detail exceeds from some 20 megapixels on. Only from
    // method 2 on does libwebp choose modes that fit, and those of fewest bits at a partition_limit of 100.
    const bool overflow = error == VP8_ENC_ERROR_PARTITION0_OVERFLOW;
    if (overflow && config.method < usual_webp_method)
      config.method = usual_webp_method;
    else if (overflow && config.partition_limit == 0)
      config.partition_limit = 100;
    else
      return image_fault(FaultCode::cannot_fit,
                         fmt::format("the WebP cannot be encoded: libwebp's error {}", static_cast<int>(error)));
    WebPMemoryWriterClear(&out.writer);
  }
  const std::size_t size = out.writer.size;
  void* const memory = std::exchange(out.writer.mem, nullptr);
  out.writer.size = out.writer.max_size = 0;
  // libwebp's allocator is malloc.
  return Bytes::adopt(memory, size);
}

void import_pixels(const Pixels& pixels, WebPPicture& picture) {
  const auto import = pixels.channels == 4 ? WebPPictureImportRGBA : WebPPictureImportRGB;
  if (import(&picture, pixels.row(0), static_cast<int>(pixels.stride())) == 0) throw std::bad_alloc();
}

WebPConfig lossy(int quality, int method) {
  WebPConfig config;
  if (WebPConfigPreset(&config, WEBP_PRESET_PHOTO, static_cast<float>(quality)) == 0) throw std::bad_alloc();
  config.method = method;
  return config;
}

}  // namespace

ImageResult<void> check_webp(ByteView bytes) {
  if (!Demuxer(bytes)) return undecodable("its chunks are of wrong sizes or out of order");
  return {};
}

ImageResult<Pixels> decode_webp(ByteView bytes, const WebpStructure& structure) {
  if (structure.info.animated) return decode_first_frame(bytes, structure);
  // The picture's own chunks and no more: given the whole file, the decoder makes up for missing data with what
  // follows.
  const Demuxer demuxer(bytes);
  const ByteView data = demuxer ? demuxer.first_frame() : ByteView();
  Pixels pixels(structure.info.width, structure.info.height, structure.has_alpha ? 4 : 3);
  const auto decode = structure.has_alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (data.empty() || decode(as_uchar(data), data.size(), pixels.row(0), pixels.data.size(),
                             static_cast<int>(pixels.stride())) == nullptr)
    return undecodable("its data is damaged or cut off");
  return pixels;
}

ImageResult<Bytes> encode_webp(const Pixels& pixels, int quality, int method) {
  Picture out(pixels);
  import_pixels(pixels, out.picture);
  WebPConfig config = lossy(quality, method);
  return encode(out, config);
}

ImageResult<Bytes> encode_webp_colors(const Pixels& pixels, int quality, int method) {
  Picture out(pixels);
  import_pixels(pixels, out.picture);
  WebPCleanupTransparentArea(&out.picture);
  out.picture.colorspace = WEBP_YUV420;
  out.picture.a = nullptr;  // a part of the memory that libwebp frees as a whole
  WebPConfig config = lossy(quality, method);
  return encode(out, config);
}

ImageResult<Bytes> encode_webp_alpha(const Pixels& pixels, int method) {
  Picture out(pixels);
  WebPPicture& picture = out.picture;
  picture.colorspace = WEBP_YUV420A;
  if (WebPPictureAlloc(&picture) == 0) throw std::bad_alloc();
  const auto height = static_cast<std::size_t>(picture.height), chroma_height = (height + 1) / 2;
  std::memset(picture.y, 0, static_cast<std::size_t>(picture.y_stride) * height);
  std::memset(picture.u, 0, static_cast<std::size_t>(picture.uv_stride) * chroma_height);
  std::memset(picture.v, 0, static_cast<std::size_t>(picture.uv_stride) * chroma_height);
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    const std::uint8_t* const from = pixels.row(y);
    std::uint8_t* const to = picture.a + static_cast<std::size_t>(picture.a_stride) * y;
    for (std::size_t x = 0; x < pixels.width; ++x) to[x] = from[4 * x + 3];
  }
  WebPConfig config = lossy(0, method);
  const Bytes file = VISIONSHARD_TRY(encode(out, config));
  const auto structure = VISIONSHARD_TRY(read_webp_structure(file));
  Bytes alpha;
  alpha.append(structure.alpha.in(file));
  return alpha;
}

ImageResult<Bytes> encode_webp_lossless(const Pixels& pixels) {
  WebPConfig config;
  if (WebPConfigInit(&config) == 0 || WebPConfigLosslessPreset(&config, 2) == 0) throw std::bad_alloc();
  config.exact = 1;  // also the colors under what is fully transparent
  Picture out(pixels);
  out.picture.use_argb = 1;
  import_pixels(pixels, out.picture);
  return encode(out, config);
}

}  // namespace visionshard::codec
