#include "codec/jpeg_2000.h"

namespace visionshard::codec {
namespace {

tl::unexpected<ImageFault> absent() {
  return image_fault(FaultCode::unsupported_format, "the image is JPEG 2000, which needs a build with OpenJPEG");
}

}  // namespace

const char* jpeg_2000_version() noexcept { return "none"; }
ImageResult<ImageInfo> probe_jpeg_2000(ByteView) { return absent(); }
ImageResult<Pixels> decode_jpeg_2000(ByteView, const ImageInfo&, Bytes&) { return absent(); }

}  // namespace visionshard::codec
