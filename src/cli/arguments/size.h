// Sizes as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace visionshard::cli {

/// "10MB" is 10,000,000 and "10MiB" 10,485,760; nothing where the text is not a size.
std::optional<std::uint64_t> parse_size(const std::string& text);

}  // namespace visionshard::cli
