// The settings and resources that all lines of a run share.
#pragma once

#include <visionshard/options.h>

#include <memory>
#include <mutex>
#include <vector>

#include "engine/conversion_cache.h"
#include "exclusion/exclusions.h"
#include "image/degradation.h"
#include "image/local_file.h"
#include "store/store_reader.h"

namespace visionshard::line {

/// Which keys examples get: none; for a shuffle that of the line; for a split also those of what connects them, which
/// are equal lines, and images or the value at a pointer.
enum class KeyKind : std::uint8_t { none, order, line, images, pointer };

/// Read-only during the run.
struct LineContext {
  Limits limits;
  LineOptions line;
  ImageOptions image;
  std::shared_ptr<const image::ImageRoot> image_root;  // nullptr: local paths are not allowed
  std::shared_ptr<const store::StoreReader> store;     // nullptr: images by URL are not looked at
  engine::Budget* budget = nullptr;                    // thread-safe, as is the cache
  engine::ConversionCache* cache = nullptr;            // nullptr: results are not shared between lines
  image::Degradation degradation;                      // of all images
  /// Held while a large image of the store or a file is looked at before the budget has admitted it.
  std::shared_ptr<std::mutex> large_image = std::make_shared<std::mutex>();
  /// If not empty, lines are only measured: LineExtras::level_bytes holds their lengths at each level.
  std::vector<image::Degradation> levels;
  std::shared_ptr<const exclusion::Exclusions> exclusions;  // nullptr: no list
  KeyKind keys = KeyKind::none;
  std::string key_pointer;        // with KeyKind::pointer
  bool hash_pictures = false;     // all that are not by URL, for near-duplicates
  std::uint64_t first_input = 0;  // which of the inputs a batch calls 0

  const image::Degradation& greatest_degradation() const noexcept {
    return levels.empty() ? degradation : levels.back();
  }
};

}  // namespace visionshard::line
