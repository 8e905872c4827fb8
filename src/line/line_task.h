// The program's spine, as plain functions: a line in, an outcome out. No threads, no files but those of --image-root.
#pragma once

#include <visionshard/options.h>

#include <memory>

#include "engine/conversion_cache.h"
#include "image/degradation.h"
#include "image/local_file.h"
#include "line/batch.h"
#include "line/scratch.h"

namespace visionshard::pipeline {

/// What all lines of a run share. Read-only while it runs.
struct LineContext {
  Limits limits;
  LineOptions line;
  ImageOptions image;
  std::shared_ptr<const image::ImageRoot> image_root;  // none: local paths are not allowed
  Budget* budget = nullptr;                            // thread-safe, as is the cache
  ConversionCache* cache = nullptr;
  image::Degradation loss;  // that all images take
  std::vector<image::Degradation>
      levels;  // not empty: lengths at each of them are measured, and nothing is kept to be written
};

/// Cuts the block into lines, checks each, and settles all that needs no pixels. What does is left in `pending`.
/// Throws std::bad_alloc and image::RunFailure.
void inspect(Batch& batch, const LineContext& context, Scratch& scratch);

/// Converts one pending image; touches nothing of its batch. Thread-safe. Throws std::bad_alloc and RunFailure.
SharedConversion convert_image(ImageWork work, const LineContext& context);

/// When no task is pending any more: each line's validation and its edits.
void assemble(Batch& batch, const LineContext& context);

}  // namespace visionshard::pipeline
