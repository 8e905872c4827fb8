// What somebody who mistyped may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace visionshard::cli {

/// "; did you mean 'X'?" for the one of `words` that `typed` is nearest to, or nothing where none is near: no more
/// than a third of its letters wrong, missing, too many or swapped with their neighbor. Pure.
std::string suggestion(std::string_view typed, const std::vector<std::string>& words);

}  // namespace visionshard::cli
