// What stands in which line, before anything is made.
#pragma once

#include <visionshard/generate.h>

#include <vector>

#include "generate/images.h"

namespace visionshard::generate {

struct PlannedLine {
  std::uint64_t number = 0;  // from 1
  std::vector<ImageRef> images;
  bool url = false;
};

/// Line `number` of the corpus. Throws std::bad_alloc.
PlannedLine plan_line(const GenerateOptions& options, std::uint64_t number);

/// About the size of the line's text, before its images are there.
std::uint64_t expected_bytes(const PlannedLine& line) noexcept;

}  // namespace visionshard::generate
