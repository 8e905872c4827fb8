// One line of a corpus: what would a provider find wrong with it?
#pragma once

#include <visionshard/check.h>
#include <visionshard/options.h>

#include <string_view>
#include <vector>

namespace visionshard {

/// All that `check` finds in one line of JSON, in document order; nothing where the provider would take it. Every image
/// is decoded in full; images by URL are left alone, and local paths are refused.
///
/// `line` is UTF-8 without its newline; a blank one has no findings, as corpora may have such lines. Of `limits` those
/// of an example and of an image count; of `images` max_pixels and orient. `model` says by whose count tokens are held
/// against Limits::max_image_tokens. Finding::file is empty, and Finding::line counts from 1 within `line`.
///
/// Takes memory for a few copies of the line and for the pixels of its largest image. All that can be wrong with a line
/// is a finding; throws std::bad_alloc alone. Thread-safe.
std::vector<Finding> check_line(std::string_view line, const Limits& limits, const ImageOptions& images = {},
                                ModelFamily model = ModelFamily::tiles);

}  // namespace visionshard
