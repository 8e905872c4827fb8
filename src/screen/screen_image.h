// Looks for faces in one image.
#pragma once

#include <visionshard/tokens.h>

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "codec/image_info.h"
#include "screen/face_detector.h"

namespace visionshard::screen {

/// How images are looked at. src/screen/README.md has the measurements that the defaults come from.
struct DetectionOptions {
  std::uint32_t largest_side = 1024;  // a picture's longer side is brought to so many pixels
  double min_score = 0;
  bool thumbnails = false;  // keep a small copy of pictures with faces
};

/// No picture is enlarged more than this: more pixels than there are do not make more faces visible.
inline constexpr double max_enlargement = 2;

/// The same for equal bytes.
struct ScreenedImage {
  ImageSize size;           // of the upright picture
  std::vector<Face> faces;  // in its pixels
  Sha256::Digest sha256{};  // of the file; only where there are faces
  Bytes thumbnail;          // a JPEG, likewise, if wanted
  ImageSize thumbnail_size;
};

/// Memory that screen_image() takes at most, beside the image's bytes.
std::uint64_t screening_need_bytes(const codec::ImageInfo& info, const DetectionOptions& options) noexcept;

/// Decodes the image, turns it upright, scales it and looks for faces. Transparent parts are white. Fault:
/// corrupt_image. Throws std::bad_alloc. Thread-safe.
ImageResult<ScreenedImage> screen_image(ByteView bytes, const codec::ImageInfo& info, const DetectionOptions& options,
                                        const FaceDetector& detector);

}  // namespace visionshard::screen
