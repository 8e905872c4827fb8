// Finds frontal faces in a picture. The only place that knows dlib.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "codec/pixels.h"

namespace visionshard::screen {

/// A square about a face, cut off at the edges of the picture, in pixels.
struct Face {
  std::uint32_t left = 0;
  std::uint32_t top = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  double score = 0;  // above the detector's own threshold where it is above 0

  bool operator==(const Face&) const = default;
};

/// The detector slides a window of 80 x 80 pixels, so it sees faces from about that size on.
inline constexpr std::uint32_t smallest_face_seen = 80;

/// Memory that a detection takes at most for each pixel of the enlarged picture; 8 to 12 were measured.
inline constexpr std::uint64_t detection_bytes_per_pixel = 14;

class FaceDetector {
 public:
  FaceDetector();
  ~FaceDetector();
  FaceDetector(const FaceDetector&) = delete;
  FaceDetector& operator=(const FaceDetector&) = delete;

  /// The faces in an RGB picture whose score is at least `min_score`, the highest score first. The picture is enlarged
  /// `enlargement` times, at least 1, before it is looked at; the faces are in pixels of the picture as it came. The
  /// same picture always gives the same faces. The first call unpacks the model, which takes 0.3 s. Throws
  /// std::bad_alloc. Thread-safe.
  std::vector<Face> find(const codec::Pixels& rgb, double enlargement, double min_score) const;

 private:
  struct Model;
  mutable std::once_flag unpacked_;
  mutable std::unique_ptr<const Model> model_;
};

}  // namespace visionshard::screen
