#include "screen/face_detector.h"

// Debian's dlib is configured for BLAS and LAPACK, which the detector needs only to unpack its model. dlib's own code
// does it without these libraries; the headers that define the switches come first.
#include <dlib/assert.h>
#include <dlib/test_for_odr_violations.h>
#undef DLIB_USE_BLAS
#undef DLIB_USE_LAPACK
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_transforms/interpolation.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace visionshard::screen {
namespace {

using Gray = dlib::array2d<unsigned char>;

// ITU-R BT.601, as JPEG's luma.
unsigned char luma(const std::uint8_t* rgb) noexcept {
  return static_cast<unsigned char>((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

Gray gray_of(const codec::Pixels& rgb) {
  Gray gray(static_cast<long>(rgb.height), static_cast<long>(rgb.width));
  for (std::uint32_t y = 0; y < rgb.height; ++y) {
    const std::uint8_t* from = rgb.row(y);
    auto to = gray[static_cast<long>(y)];
    for (std::uint32_t x = 0; x < rgb.width; ++x, from += 3) to[static_cast<long>(x)] = luma(from);
  }
  return gray;
}

std::uint32_t on_side(double at, std::uint32_t side) noexcept {
  return static_cast<std::uint32_t>(std::lround(std::clamp(at, 0.0, static_cast<double>(side))));
}

}  // namespace

struct FaceDetector::Model {
  dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
};

FaceDetector::FaceDetector() = default;
FaceDetector::~FaceDetector() = default;

std::vector<Face> FaceDetector::find(const codec::Pixels& rgb, double enlargement, double min_score) const {
  std::call_once(unpacked_, [&] { model_ = std::make_unique<const Model>(); });
  Gray gray = gray_of(rgb);
  const auto enlarged = [&](std::uint32_t side) { return std::max(std::lround(side * enlargement), 1L); };
  const long width = enlarged(rgb.width), height = enlarged(rgb.height);
  if (width > gray.nc() || height > gray.nr()) {
    Gray larger(height, width);
    dlib::resize_image(gray, larger);
    larger.swap(gray);
  }
  std::vector<dlib::rect_detection> detections;
  // A detector keeps the pyramid of the picture, so each picture gets one of its own; copying it takes 0.04 ms.
  dlib::frontal_face_detector detector = model_->detector;
  detector(gray, detections, min_score);
  const double across = static_cast<double>(rgb.width) / static_cast<double>(gray.nc());
  const double down = static_cast<double>(rgb.height) / static_cast<double>(gray.nr());
  std::vector<Face> faces;
  for (const dlib::rect_detection& found : detections) {
    const dlib::rectangle& box = found.rect;
    Face face;
    face.left = on_side(static_cast<double>(box.left()) * across, rgb.width);
    face.top = on_side(static_cast<double>(box.top()) * down, rgb.height);
    face.width = on_side(static_cast<double>(box.right() + 1) * across, rgb.width) - face.left;
    face.height = on_side(static_cast<double>(box.bottom() + 1) * down, rgb.height) - face.top;
    face.score = found.detection_confidence;
    if (face.width > 0 && face.height > 0) faces.push_back(face);
  }
  std::ranges::sort(faces, [](const Face& a, const Face& b) {
    return std::tuple(-a.score, a.top, a.left) < std::tuple(-b.score, b.top, b.left);
  });
  return faces;
}

}  // namespace visionshard::screen
