// Converts one image into an image that a provider accepts.
#pragma once

#include <visionshard/fault.h>
#include <visionshard/options.h>
#include <visionshard/tokens.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace visionshard {

enum class ImageFormat : std::uint8_t { jpeg, png, webp };

/// Returns "image/jpeg", "image/png" or "image/webp" (RFC 2046, RFC 2083, RFC 9649). Thread-safe.
std::string_view media_type(ImageFormat format) noexcept;

/// An image within the limits: 8-bit RGB or RGBA, and upright unless ImageOptions::orient is Orient::keep.
struct FittedImage {
  ImageFormat format = ImageFormat::jpeg;
  std::vector<std::byte> bytes;
  // What was done, by the names under which manifest.json counts it: "jpeg_grey", "orientation", "shrunk_quality".
  // Empty if the bytes are the input's. The views are valid for the lifetime of the process.
  std::vector<std::string_view> conversions;
  bool shrunk = false;            // the image, or its first conversion, was over Limits::max_image_bytes
  std::optional<double> psnr_db;  // peak signal-to-noise ratio against the input image, in decibels, 99 if they are the
                                  // same; only with ImageOptions::measure and for an image that was shrunk
};

/// Converts the image file `bytes`, whose format is detected from its content, to a format and size that `limits`
/// (formats, max_image_bytes) and `options` allow, with the smallest loss; an acceptable image is returned unchanged.
/// `detail` has an effect with ImageOptions::fit_model only. Faults, with an empty pointer: empty_image,
/// unknown_format, unsupported_format, corrupt_image, too_many_pixels, cannot_fit, internal_error (a codec library
/// returned something that its documentation rules out). Needs memory of four times the file and up to 20 bytes a
/// pixel, more for HEIC, AVIF, JPEG 2000 and JPEG XL (tests/memory/MEMORY_TABLE.md). The same bytes and options give
/// the same result on any number of threads. Throws std::bad_alloc only. Thread-safe.
std::variant<FittedImage, Fault> fit_image(std::span<const std::byte> bytes, const Limits& limits,
                                           const ImageOptions& options = {},
                                           ImageDetail detail = ImageDetail::automatic);

/// An image that is acceptable as it is.
struct AcceptableImage {
  ImageFormat format = ImageFormat::jpeg;
};

/// As fit_image, but an image that is acceptable as it is is not copied. Throws std::bad_alloc. Thread-safe.
std::variant<AcceptableImage, FittedImage, Fault> fit_unless_acceptable(std::span<const std::byte> bytes,
                                                                        const Limits& limits,
                                                                        const ImageOptions& options = {},
                                                                        ImageDetail detail = ImageDetail::automatic);

}  // namespace visionshard
