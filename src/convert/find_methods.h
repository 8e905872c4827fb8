// Which training method a corpus is for, before its parts are converted apart.
#pragma once

#include <visionshard/options.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "exclusion/exclusions.h"

namespace visionshard::conversion {

/// The methods (example::method) that a conversion of `sources` narrows to: those of the first line, or of as many as
/// leave one. Reads no further than that.
RunResult<std::uint8_t> find_methods(const ConvertOptions& options, const std::vector<std::string>& sources,
                                     std::shared_ptr<const exclusion::Exclusions> exclusions,
                                     const std::atomic<bool>& stop);

}  // namespace visionshard::conversion
