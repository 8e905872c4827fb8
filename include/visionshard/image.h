// One image of any kind in, an image that a provider takes out.
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

/// "image/jpeg", "image/png" or "image/webp" (RFC 2046, RFC 2083, RFC 9649). Thread-safe.
std::string_view media_type(ImageFormat format) noexcept;

/// An image within the limits: 8-bit RGB or RGBA, and upright unless ImageOptions::orient says to keep it.
struct FittedImage {
  ImageFormat format = ImageFormat::jpeg;
  std::vector<std::byte> bytes;
  // What was done, by the names under which manifest.json counts it: "jpeg_grey", "orientation", "shrunk_quality".
  // Empty where the bytes are those that came in. The views hold as long as the process.
  std::vector<std::string_view> conversions;
  bool shrunk = false;            // it, or what it became, was over Limits::max_image_bytes
  std::optional<double> psnr_db;  // peak signal-to-noise ratio against the image as it came, in decibels, 99 where they
                                  // are the same; with ImageOptions::measure, of an image that was shrunk
};

/// Takes an image file's bytes, told by their content, and does what `limits` (formats, max_image_bytes) and `options`
/// call for with the least loss; what is acceptable is left as it is. `detail` matters with ImageOptions::fit_model
/// only. Faults, with an empty pointer: empty_image, unknown_format, unsupported_format, corrupt_image,
/// too_many_pixels, cannot_fit, internal_error (a library broke its word). Takes memory of four
/// times the file and up to 20 bytes a pixel, of HEIC, AVIF, JPEG 2000 and JPEG XL more (tests/memory/MEMORY_TABLE.md).
/// The same bytes and options give the same bytes with any number of threads. Throws std::bad_alloc. Thread-safe.
std::variant<FittedImage, Fault> fit_image(std::span<const std::byte> bytes, const Limits& limits,
                                           const ImageOptions& options = {},
                                           ImageDetail detail = ImageDetail::automatic);

}  // namespace visionshard
