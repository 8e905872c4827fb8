#include "codec/heif/heif.h"

#include <fmt/format.h>
#include <libheif/heif.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>

#include "codec/heif/boxes.h"
#include "codec/heif/derived.h"
#include "codec/heif/items.h"
#include "codec/shared_library.h"

namespace visionshard::codec {
namespace {

#define VISIONSHARD_HEIF_FUNCTIONS(X)             \
  X(heif_context_alloc)                           \
  X(heif_context_free)                            \
  X(heif_context_get_primary_image_handle)        \
  X(heif_context_read_from_memory_without_copy)   \
  X(heif_decode_image)                            \
  X(heif_get_version)                             \
  X(heif_image_get_height)                        \
  X(heif_image_get_plane_readonly)                \
  X(heif_image_get_width)                         \
  X(heif_image_handle_get_raw_color_profile)      \
  X(heif_image_handle_get_raw_color_profile_size) \
  X(heif_image_handle_has_alpha_channel)          \
  X(heif_image_handle_is_premultiplied_alpha)     \
  X(heif_image_handle_release)                    \
  X(heif_image_release)

std::atomic<bool> was_needed = false;

struct Libheif {
  VISIONSHARD_HEIF_FUNCTIONS(VISIONSHARD_FUNCTION_MEMBER)
  SharedLibrary library{VISIONSHARD_HEIF_SONAME};

  Libheif() {
    VISIONSHARD_HEIF_FUNCTIONS(VISIONSHARD_FIND_FUNCTION)
    was_needed = true;
  }
};

const Libheif& libheif() {
  static const Libheif loaded;
  return loaded;
}

using Context = std::unique_ptr<heif_context, decltype(&heif_context_free)>;
using Handle = std::unique_ptr<const heif_image_handle, decltype(&heif_image_handle_release)>;
using Image = std::unique_ptr<const heif_image, decltype(&heif_image_release)>;

tl::unexpected<ImageFault> fault_of(const heif_error& error) {
  if (error.code == heif_error_Memory_allocation_error && error.subcode != heif_suberror_Security_limit_exceeded)
    throw std::bad_alloc();
  const bool unsupported =
      error.code == heif_error_Unsupported_feature || error.code == heif_error_Unsupported_filetype;
  std::string_view message = error.message != nullptr ? error.message : "";
  message = message.substr(0, message.find_last_not_of(". \n") + 1);  // some end with a line break
  return image_fault(unsupported ? FaultCode::unsupported_format : FaultCode::corrupt_image,
                     fmt::format("libheif cannot read the image: {}", message));
}

struct Opened {
  HeifHeader header;
  Bytes copy;                  // what libheif reads, where that is not the file as it came
  bool is_unmirrored = false;  // and in it the last mirror is left out
  Context context{nullptr, libheif().heif_context_free};
  Handle handle{nullptr, libheif().heif_image_handle_release};
};

// What limits and memory are for: the header's size, or that of a stream which is not only padded to whole blocks, or
// what grids and overlays say in their own data.
std::uint64_t pixels_allowed(const HeifHeader& header) {
  const std::uint64_t coded = std::uint64_t{header.coded_width} * header.coded_height;
  constexpr std::uint64_t padding = 1 << 18;
  return std::max(
      {coded, header.canvas_pixels, header.stream_pixels > coded + coded / 8 + padding ? header.stream_pixels : 0});
}

// What libheif would work on without end.
ImageResult<void> check_work(const HeifHeader& header) {
  if (header.has_too_many_entries)
    return image_fault(
        FaultCode::corrupt_image,
        fmt::format("the HEIF image has more than {} items, properties and references", HeifItems::max_entries));
  if (header.too_much_data)
    return image_fault(FaultCode::corrupt_image, "the HEIF image is put together from more data than the file has");
  if (header.is_nested_too_deep)
    return image_fault(FaultCode::unsupported_format,
                       fmt::format("the HEIF image is made of images that are made of images, over more than {} steps",
                                   HeifDerivation::max_steps));
  // Of a grid with alpha, four times its size is decoded and put together, beside what tiles have over.
  const std::uint64_t most = std::max<std::uint64_t>(1 << 28, 5 * pixels_allowed(header));
  if (header.decoded_pixels > most)
    return image_fault(FaultCode::unsupported_format,
                       fmt::format("the HEIF image is made of so many others that decoding it takes as long as "
                                   "decoding {} pixels, more than {}",
                                   header.decoded_pixels, most));
  return {};
}

ImageResult<Opened> open(ByteView bytes) {
  Opened opened;
  opened.header = read_heif_header(bytes);
  if (auto checked = check_work(opened.header); !checked) return tl::unexpected(checked.error());
  bytes = bytes.first(opened.header.end);
  if (opened.header.size_is_late) bytes = opened.copy = with_sizes_first(bytes);
  opened.is_unmirrored = opened.header.last_mirror && opened.header.bit_depth > 8;
  if (opened.is_unmirrored) bytes = opened.copy = without_last_mirrors(bytes);
  opened.context.reset(libheif().heif_context_alloc());
  if (!opened.context) throw std::bad_alloc();
  heif_error error =
      libheif().heif_context_read_from_memory_without_copy(opened.context.get(), bytes.data(), bytes.size(), nullptr);
  if (error.code != heif_error_Ok) return fault_of(error);
  heif_image_handle* handle = nullptr;
  error = libheif().heif_context_get_primary_image_handle(opened.context.get(), &handle);
  if (error.code != heif_error_Ok) return fault_of(error);
  opened.handle.reset(handle);
  return opened;
}

}  // namespace

bool heif_was_needed() noexcept { return was_needed; }

std::string heif_version() { return libheif().library.missing().empty() ? libheif().heif_get_version() : "none"; }

ImageResult<ImageInfo> probe_heif(ByteView bytes, Format format) {
  if (!libheif().library.missing().empty()) return missing_library(display_name(format), libheif().library);
  auto opened = open(bytes);
  if (!opened) return tl::unexpected(opened.error());
  ImageInfo info;
  info.format = format;
  const HeifHeader& header = opened->header;
  info.end = header.end;
  info.width = header.width;
  info.height = header.height;
  if (header.width == 0 || header.height == 0)
    return image_fault(FaultCode::corrupt_image, "the HEIF image has no size");
  if (header.has_gaps) return image_fault(FaultCode::corrupt_image, "the tiles of the HEIF image do not cover it");
  info.coded_pixels = pixels_allowed(header);
  info.bit_depth = header.bit_depth;
  info.full_chroma = header.full_chroma;
  const bool alpha = libheif().heif_image_handle_has_alpha_channel(opened->handle.get()) != 0;
  info.model = alpha ? ColorModel::rgba : ColorModel::rgb;
  return info;
}

ImageResult<Pixels> decode_heif(ByteView bytes, const ImageInfo& info, Bytes& profile) {
  auto opened = open(bytes);
  if (!opened) return tl::unexpected(opened.error());
  const bool alpha = info.model == ColorModel::rgba;
  heif_image* raw = nullptr;
  const heif_error error =
      libheif().heif_decode_image(opened->handle.get(), &raw, heif_colorspace_RGB,
                                  alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, nullptr);
  const Image image(raw, libheif().heif_image_release);
  if (error.code != heif_error_Ok) return fault_of(error);
  int stride = 0;
  const std::uint8_t* const rows =
      libheif().heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
  const auto width = static_cast<std::uint32_t>(libheif().heif_image_get_width(image.get(), heif_channel_interleaved));
  const auto height =
      static_cast<std::uint32_t>(libheif().heif_image_get_height(image.get(), heif_channel_interleaved));
  // Fewer pixels than the header says are what decoders show; more were not reserved.
  if (rows == nullptr || width == 0 || height == 0 ||
      std::uint64_t{width} * height > std::max(pixels_allowed(opened->header), opened->header.stream_pixels))
    return image_fault(FaultCode::corrupt_image,
                       fmt::format("the HEIF image is {} x {} pixels, more than its header says", width, height));
  Pixels pixels(width, height, alpha ? 4 : 3);
  // 23008-12:2022, section 6.5.12: axis 0 puts the bottom row first, axis 1 the last column.
  const bool from_below = opened->is_unmirrored && *opened->header.last_mirror == 0;
  const bool from_right = opened->is_unmirrored && *opened->header.last_mirror == 1;
  for (std::uint32_t y = 0; y < height; ++y) {
    std::uint8_t* const to = pixels.row(from_below ? height - 1 - y : y);
    std::memcpy(to, rows + static_cast<std::ptrdiff_t>(y) * stride, pixels.stride());
    if (!from_right) continue;
    std::uint8_t* last = to + pixels.stride() - pixels.channels;
    for (std::uint8_t* first = to; first < last; first += pixels.channels, last -= pixels.channels)
      std::swap_ranges(first, first + pixels.channels, last);
  }
  if (alpha && libheif().heif_image_handle_is_premultiplied_alpha(opened->handle.get()) != 0) unmultiply(pixels);
  profile.resize(libheif().heif_image_handle_get_raw_color_profile_size(opened->handle.get()));
  if (!profile.empty() &&
      libheif().heif_image_handle_get_raw_color_profile(opened->handle.get(), profile.data()).code != heif_error_Ok)
    profile = Bytes();
  return pixels;
}

}  // namespace visionshard::codec
