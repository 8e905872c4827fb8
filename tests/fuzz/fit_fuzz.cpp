// Image bytes with small limits: the result is within them, sound, and needs no further conversion.
#include <cstdint>
#include <cstdlib>

#include "codec/jpeg/jpeg.h"
#include "codec/jpeg/scan.h"
#include "image/fit.h"

namespace {

namespace codec = visionshard::codec;

// Progressive scans made of a JPEG show the same picture.
void check_progressive_scans(visionshard::ByteView bytes) {
  const auto structure = codec::read_jpeg_structure(bytes);
  if (!structure) return;
  const auto scan = codec::JpegScan::read(bytes, *structure);
  const auto written = scan ? scan->written_progressively(true, UINT64_MAX) : std::nullopt;
  if (!written) return;
  codec::JpegSource source;
  const auto before = codec::decode_jpeg(bytes, source), after = codec::decode_jpeg(written->bytes, source);
  if (before && (!after || visionshard::as_text(before->data) != visionshard::as_text(after->data))) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace image = visionshard::image;
  if (size < 2) return 0;
  visionshard::Limits limits;
  visionshard::ImageOptions options;
  limits.max_image_bytes = std::uint64_t{200} << (data[0] & 15);
  limits.webp = !(data[0] & 16);
  options.max_pixels = 1 << 16;
  options.min_quality = 1 + data[1] % 95;
  if (data[0] & 32) options.orient = visionshard::Orient::keep;
  if (data[0] & 64) options.verify = visionshard::Verify::pixels;
  const visionshard::ByteView bytes{reinterpret_cast<const std::byte*>(data) + 2, size - 2};
  const auto info = visionshard::codec::probe(bytes);
  if (!info) return 0;
  if (info->format == codec::Format::jpeg && info->pixels() <= options.max_pixels) check_progressive_scans(bytes);
  const auto plan = image::plan_conversion(*info, bytes.size(), limits, options);
  if (!plan || plan->keeps()) return 0;
  const auto fitted = image::fit_image(bytes, *info, *plan, limits, options);
  if (!fitted) return 0;
  if (fitted->bytes.size() > limits.max_image_bytes) std::abort();
  const auto after = visionshard::codec::probe(fitted->bytes);
  if (!after || after->format != fitted->format) std::abort();
  const auto again = image::plan_conversion(*after, fitted->bytes.size(), limits, options);
  if (!again || !again->keeps()) std::abort();
  return 0;
}
