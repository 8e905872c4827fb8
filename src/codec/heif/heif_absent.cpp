#include <fmt/format.h>

#include "codec/heif/heif.h"

namespace visionshard::codec {
namespace {

tl::unexpected<ImageFault> absent(Format format) {
  return image_fault(FaultCode::unsupported_format,
                     fmt::format("the image is {}, which needs a build with libheif", display_name(format)));
}

}  // namespace

bool heif_was_needed() noexcept { return false; }
std::string heif_version() { return "none"; }
ImageResult<ImageInfo> probe_heif(ByteView, Format format) { return absent(format); }
ImageResult<Pixels> decode_heif(ByteView, const ImageInfo& info, Bytes&) { return absent(info.format); }

}  // namespace visionshard::codec
