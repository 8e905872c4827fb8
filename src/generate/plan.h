// What stands in which line, before anything is made.
#pragma once

#include <visionshard/generate.h>

#include <array>
#include <vector>

#include "generate/bank.h"

namespace visionshard::generate {

struct PlannedLine {
  std::uint64_t number = 0;  // from 1
  std::vector<ImageRef> images;
  bool url = false;
};

/// Line `number` of the corpus. `bank_sizes` as the bank has them. Throws std::bad_alloc.
PlannedLine plan_line(const GenerateOptions& options, const std::array<std::uint32_t, group_count>& bank_sizes,
                      std::uint64_t number);

}  // namespace visionshard::generate
