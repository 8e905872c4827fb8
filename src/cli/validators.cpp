#include "cli/validators.h"

#include <fmt/format.h>

#include "cli/options.h"

namespace visionshard::cli {

const CLI::Validator is_size(
    [](const std::string& text) {
      return parse_size(text) ? std::string()
                              : fmt::format("'{}' is no size; give a number such as 500000, 10MB or 10MiB", text);
    },
    "SIZE");

const CLI::Validator is_count(
    [](const std::string& text) {
      const auto value = parse_size(text);
      const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
      return value && digits ? std::string() : fmt::format("'{}' is no whole number", text);
    },
    "N");

}  // namespace visionshard::cli
