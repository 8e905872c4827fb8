// What all lines of a run share.
#pragma once

#include <visionshard/options.h>

#include <memory>
#include <vector>

#include "engine/conversion_cache.h"
#include "image/degradation.h"
#include "image/local_file.h"

namespace visionshard::line {

/// Read-only while the run goes on.
struct LineContext {
  Limits limits;
  LineOptions line;
  ImageOptions image;
  std::shared_ptr<const image::ImageRoot> image_root;  // none: local paths are not allowed
  engine::Budget* budget = nullptr;                    // thread-safe, as is the cache
  engine::ConversionCache* cache = nullptr;            // none: images are not compared
  image::Degradation degradation;                      // that all images take
  /// Not empty: the lengths of lines are measured at each of these, and nothing is kept to be written.
  std::vector<image::Degradation> levels;
};

}  // namespace visionshard::line
