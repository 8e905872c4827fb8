#include "codec/jpeg/rotate.h"

#include <turbojpeg.h>

#include <memory>
#include <new>

#include "codec/byte_order.h"
#include "codec/jpeg/coefficients.h"
#include "codec/orientation.h"

namespace visionshard::codec {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t app1 = 0xE1;

// The transform copies all segments; what says the orientation would turn the picture a second time.
Bytes without_exif_and_xmp(ByteView bytes, const JpegStructure& s) {
  Bytes out;
  out.reserve(s.eoi + 2);
  out.append(bytes.first(2));
  for (std::size_t i = 0; i < s.segments.size(); ++i) {
    const ByteView body = segment_body(bytes, s.segments[i]);
    if (s.segments[i].marker != app1 || !(text_at(body, 0, "Exif\0"sv) || is_xmp_segment(body)))
      out.append(segment_extent(bytes, s, i));
  }
  out.append(bytes.subspan(s.eoi, 2));
  return out;
}

TJXOP operation_for(unsigned orientation) {
  switch (orientation) {
    case 2: return TJXOP_HFLIP;
    case 3: return TJXOP_ROT180;
    case 4: return TJXOP_VFLIP;
    case 5: return TJXOP_TRANSPOSE;
    case 6: return TJXOP_ROT90;
    case 7: return TJXOP_TRANSVERSE;
    case 8: return TJXOP_ROT270;
    default: return TJXOP_NONE;
  }
}

}  // namespace

Bytes turned_losslessly(ByteView bytes, const JpegStructure& structure) {
  const Bytes source = without_exif_and_xmp(bytes, structure);
  const std::unique_ptr<void, decltype(&tjDestroy)> handle(tjInitTransform(), tjDestroy);
  if (!handle) throw std::bad_alloc();
  tjtransform transform{};
  transform.op = operation_for(structure.info.orientation);
  transform.options = TJXOPT_PERFECT | (structure.progressive ? TJXOPT_PROGRESSIVE : 0);
  Bytes out;
  for (const int flags : {TJFLAG_STOPONWARNING, 0}) {
    unsigned char* turned = nullptr;
    unsigned long turned_bytes = 0;
    const int status =
        tjTransform(handle.get(), as_uchar(source), source.size(), 1, &turned, &turned_bytes, &transform, flags);
    const std::unique_ptr<unsigned char, decltype(&tjFree)> owned(turned, tjFree);
    const bool warned = status != 0 && tjGetErrorCode(handle.get()) == TJERR_WARNING;
    if (status == 0 || (flags == 0 && warned)) {
      out.append(std::as_bytes(std::span(turned, turned_bytes)));
      break;
    }
    // Most warnings mean that data is lost, but not all.
    if (!warned || !JpegCoefficients::read(source)) break;
  }
  return out;
}

}  // namespace visionshard::codec
