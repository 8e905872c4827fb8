#include "image/codec_self_test.h"

#include "base/sha256.h"
#include "base64/base64.h"
#include "codec/image_info.h"
#include "codec/library_versions.h"
#include "image/degradation.h"
#include "image/self_test_pictures.h"

namespace visionshard::image {
namespace {

// A fault is part of the digest too: a build that cannot read a format has another one.
ImageResult<void> add_fitted(Sha256& digest, ByteView file, const Limits& limits, const Degradation& loss) {
  const ImageOptions options;
  const codec::ImageInfo info = VISIONSHARD_TRY(codec::probe(file));
  const ConversionPlan plan = VISIONSHARD_TRY(plan_conversion(info, file.size(), limits, options));
  ReducedFits fits(file, info, plan, limits, options);
  const Fitted* const fitted = VISIONSHARD_TRY(fits.fit(reduction_for(info, file.size(), ImageDetail::high, loss)));
  // Through base64, whose kernels differ by processor.
  Bytes text(base64::encoded_length(fitted->bytes.size())), back(base64::decode_capacity(text.size()));
  base64::encode(fitted->bytes, reinterpret_cast<char*>(text.data()));
  const base64::Decoded decoded = base64::decode(as_text(text), back.data());
  digest.update(text);
  digest.update(back.view().first(decoded.bytes));
  return {};
}

}  // namespace

std::string codec_self_test_digest(JpegXl jpeg_xl) {
  Sha256 digest;
  // For what no small picture shows: color profiles, HEIC.
  digest.update(as_bytes(codec::linked_library_versions()));
  const auto add = [&](ByteView file, const Limits& limits, const Degradation& loss) {
    if (const auto added = add_fitted(digest, file, limits, loss); !added)
      digest.update(as_bytes(name(added.error().code)));
  };
  Limits no_webp, small;
  no_webp.max_image_bytes = no_limit;
  no_webp.webp = false;
  for (const SelfTestPicture& picture : self_test_pictures()) {
    digest.update(picture.file);
    add(picture.file, no_webp, Degradation());
    if (!picture.shrinks) continue;
    small.max_image_bytes = picture.file.size() * 7 / 8;
    add(picture.file, small, Degradation());
    add(picture.file, Limits(), {.above_bytes = 0, .max_quality = 70, .scale = 0.03});
  }
  if (jpeg_xl == JpegXl::decoded) add(jpeg_xl_picture(), Limits(), Degradation());
  return hexadecimal(digest.finish());
}

}  // namespace visionshard::image
