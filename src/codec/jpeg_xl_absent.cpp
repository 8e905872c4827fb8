#include "codec/jpeg_xl.h"

namespace visionshard::codec {
namespace {

tl::unexpected<ImageFault> absent() {
  return image_fault(FaultCode::unsupported_format, "the image is JPEG XL, which needs a build with libjxl");
}

}  // namespace

bool jpeg_xl_was_needed() noexcept { return false; }
std::string jpeg_xl_version() { return "none"; }
ImageResult<ImageInfo> probe_jpeg_xl(ByteView) { return absent(); }
ImageResult<Pixels> decode_jpeg_xl(ByteView, const ImageInfo&, Bytes&) { return absent(); }
Bytes jpeg_of_jpeg_xl(ByteView, std::size_t) { return {}; }

}  // namespace visionshard::codec
