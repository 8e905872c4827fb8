// Checks one line of a corpus.
#pragma once

#include <visionshard/check.h>
#include <visionshard/options.h>

#include <string_view>
#include <vector>

namespace visionshard {

/// Returns the findings of check() in one line of JSON, in document order; none if the provider would accept it. Every
/// image is decoded in full; images by URL are not looked at, and local paths are refused.
///
/// `line` is UTF-8 without its newline; a blank line has no findings. Of `limits`, those of an example and of an image
/// have an effect; of `images`, max_pixels and orient. `model` chooses the count of tokens that is compared with
/// Limits::max_image_tokens. Finding::file is empty; Finding::line counts from 1 within `line`.
///
/// Needs memory for a few copies of the line and for the pixels of its largest image. Throws std::bad_alloc only: every
/// fault of a line is a finding. Thread-safe.
std::vector<Finding> check_line(std::string_view line, const Limits& limits, const ImageOptions& images = {},
                                ModelFamily model = ModelFamily::tiles);

}  // namespace visionshard
