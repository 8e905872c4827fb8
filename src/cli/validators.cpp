#include "cli/validators.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/options.h"
#include "cli/summary.h"

namespace visionshard::cli {

const CLI::Validator is_size(
    [](const std::string& text) {
      return parse_size(text)
                 ? std::string()
                 : fmt::format("'{}' is no size; give a number such as 500000, 1.5GB or 10MiB", excerpt(text));
    },
    "SIZE");

const CLI::Validator is_count(
    [](const std::string& text) {
      const auto value = parse_size(text);
      const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
      return value && digits ? std::string() : fmt::format("'{}' is no whole number", excerpt(text));
    },
    "N");

std::string wrong_inputs(const std::vector<std::string>& inputs) {
  if (inputs.empty()) return "no INPUT is given; name files or directories, or - for standard input";
  if (std::count(inputs.begin(), inputs.end(), "-") > 1) return "-: standard input can be read only once";
  return {};
}

}  // namespace visionshard::cli
