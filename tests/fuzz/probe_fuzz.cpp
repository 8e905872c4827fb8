// Image bytes through the container checks: an accepted image has a size, and its end is within the bytes.
#include <cstdint>
#include <cstdlib>

#include "codec/image_info.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto info = visionshard::codec::probe({reinterpret_cast<const std::byte*>(data), size});
  if (!info) {
    if (info.error().detail.empty()) std::abort();
    return 0;
  }
  if (info->width == 0 || info->height == 0 || info->end > size) std::abort();
  if (info->orientation < 1 || info->orientation > 8) std::abort();
  return 0;
}
