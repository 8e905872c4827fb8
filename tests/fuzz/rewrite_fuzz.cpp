// Each lossless rewrite alone: the result is sound and shows the same picture.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "image/decode.h"
#include "image/fit.h"
#include "image/lossless.h"
#include "image/requantize.h"

namespace {

namespace codec = visionshard::codec;
namespace image = visionshard::image;
using visionshard::ByteView;

void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

codec::ImageInfo probed(ByteView bytes, const char* what) {
  const auto info = codec::probe(bytes);
  if (!info) fail(what);
  return *info;
}

// libjpeg-turbo has two Huffman decoders, the faster one if many bytes follow, and they differ on damage that neither
// reports. Bytes after the end, which count as part of the file here, make it use the same decoder for both files.
visionshard::Bytes padded(ByteView bytes) {
  visionshard::Bytes out(bytes.size() + (1 << 16));
  std::memset(out.data(), 0, out.size());
  std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

auto decoded_with_padding(ByteView bytes, codec::ImageInfo info) {
  const visionshard::Bytes whole = padded(bytes);
  if (info.format == codec::Format::jpeg) info.end = whole.size();
  return image::decode(whole, info);
}

// Where the source can be decoded at all; pixel for pixel.
void check_same_pixels(ByteView before, const codec::ImageInfo& info, ByteView after, const char* what) {
  auto source = decoded_with_padding(before.first(info.end), info);
  if (!source) return;
  const auto result = decoded_with_padding(after, probed(after, what));
  // How many bytes after a scan's last code count as stray depends on the marker that follows them.
  if (!result && result.error().detail.find("extraneous bytes") != std::string::npos) return;
  if (!result) fail(result.error().detail.c_str());
  image::Conversions conversions;
  if (source->pixels.channels != result->pixels.channels) image::make_srgb(*source, info, conversions);
  const codec::Pixels &a = source->pixels, &b = result->pixels;
  if (a.width != b.width || a.height != b.height || a.channels != b.channels ||
      std::memcmp(a.data.data(), b.data.data(), a.data.size()) != 0)
    fail(what);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes{reinterpret_cast<const std::byte*>(data), size};
  const auto info = codec::probe(bytes);
  if (!info || info->pixels() > 1 << 16) return 0;
  if (info->format != codec::Format::jpeg && info->format != codec::Format::png && info->format != codec::Format::webp)
    return 0;
  visionshard::Limits limits;
  const auto plan = image::plan_conversion(*info, size, limits, {});
  if (!plan) return 0;

  const auto without_metadata = image::without_metadata(bytes.first(info->end), info->format, UINT64_MAX);
  if (!without_metadata || !*without_metadata) fail("metadata cannot be taken off a file that passed");
  const visionshard::Bytes& bare = **without_metadata;
  const auto exactly = image::without_metadata(bytes.first(info->end), info->format, bare.size());
  const auto too_large = image::without_metadata(bytes.first(info->end), info->format, bare.size() - 1);
  if (!exactly || !*exactly || !too_large || *too_large) fail("what may be left is not counted as what is left");
  // Orientation is metadata too; what the stored pixels are does not depend on it.
  check_same_pixels(bytes, *info, bare, "metadata is taken off, and the pixels change");

  if (!plan->needs_pixels || plan->conversions.has(image::Conversion::jpeg_cmyk)) {
    image::Conversions conversions = plan->conversions;
    const auto rewritten = image::rewritten_losslessly(bytes, *info, conversions);
    if (rewritten && *rewritten) {
      if (conversions.has(image::Conversion::orientation))
        probed(**rewritten, "a turned file does not pass");
      else
        check_same_pixels(bytes, *info, **rewritten, "a lossless rewrite changes pixels");
    }
  }
  if (info->format == codec::Format::jpeg && info->model != codec::ColorModel::cmyk) {
    unsigned tries = 0;
    for (const std::uint64_t limit_bytes : {size + 2000, size / 2}) {
      const auto source = padded(bare);
      const auto structure = codec::read_jpeg_structure(source);
      if (!structure) fail("a file without metadata does not pass");
      const image::RecodeLimits recode_limits{limit_bytes, 10, true};
      const auto recoded = image::recoded_jpeg(source, *structure, {}, recode_limits, tries = 0);
      if (!recoded || !*recoded) continue;
      if ((*recoded)->bytes.size() > limit_bytes || tries > 4)
        fail("a recoded file is too large, or took too many tries");
      if ((*recoded)->how == image::Conversion::shrunk_lossless)
        check_same_pixels(bare, probed(bare, "a file without metadata does not pass"), (*recoded)->bytes,
                          "a better coding changes pixels");
      else
        probed((*recoded)->bytes, "a requantized file does not pass");
    }
  }
  return 0;
}
