// The facts that the report counts of an image.
#pragma once

#include <visionshard/image_statistics.h>

#include "codec/image_info.h"

namespace visionshard::line {

inline ImageFacts facts_of(const codec::ImageInfo& info, std::uint64_t bytes) noexcept {
  return {codec::display_name(info.format), codec::mode_name(info), bytes, {info.width, info.height}};
}

}  // namespace visionshard::line
