// The word that somebody who mistyped probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace visionshard::cli {

/// "; did you mean 'X'?" for the one of `words` that is most like `typed`; empty where none is: where more than a third
/// of the letters of `typed` are wrong, missing, too many or swapped with their neighbor.
std::string suggestion(std::string_view typed, const std::vector<std::string>& words);

}  // namespace visionshard::cli
