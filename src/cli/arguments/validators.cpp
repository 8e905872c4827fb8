#include "cli/arguments/validators.h"

#include <algorithm>

#include "base/json_pointer.h"
#include "base/share.h"
#include "cli/arguments/reject_bound.h"
#include "cli/arguments/size.h"

namespace visionshard::cli {

const CLI::Validator is_path(
    [](const std::string& text) { return text.empty() ? std::string("the path is empty") : std::string(); }, "");

const CLI::Validator is_size(
    [](const std::string& text) {
      return parse_size(text)
                 ? std::string()
                 : fmt::format("'{}' is not a size; give a number such as 500000, 1.5GB or 10MiB", excerpt(text));
    },
    "SIZE");

const CLI::Validator is_count(
    [](const std::string& text) {
      const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
      return digits && parse_size(text) ? std::string()
                                        : fmt::format("'{}' is not a whole number up to {}", excerpt(text), UINT64_MAX);
    },
    "N");

const CLI::Validator is_reject_bound(
    [](const std::string& text) {
      return !text.empty() && parse_reject_bound(text)
                 ? std::string()
                 : fmt::format("'{}' is neither a number of lines nor a percentage such as 2.5%", excerpt(text));
    },
    "N|P%");

const CLI::Validator is_share(
    [](const std::string& text) {
      return parse_share(text) ? std::string()
                               : fmt::format("'{}' is not a percentage from 0% to 100% such as 2.5%", excerpt(text));
    },
    "P%");

const CLI::Validator is_seed(
    [](const std::string& text) {
      const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
      return digits && parse_size(text)
                 ? std::string()
                 : fmt::format("'{}' is not a whole number from 0 to 18446744073709551615", excerpt(text));
    },
    "S");

const CLI::Validator is_validation(
    [](const std::string& text) {
      return parse_validation(text)
                 ? std::string()
                 : fmt::format("'{}' is neither a number of examples from 1 nor a percentage such as 2.5%",
                               excerpt(text));
    },
    "N|P%");

const CLI::Validator is_split_by(
    [](const std::string& text) {
      return text == "images" || text == "example" || json::is_pointer(text)
                 ? std::string()
                 : fmt::format("'{}' is neither images, example nor a JSON pointer, which begins with /",
                               excerpt(text));
    },
    "images|example|/POINTER");

std::string check_inputs(const std::vector<std::string>& inputs) {
  if (inputs.empty()) return "no INPUT is given; name files or directories, or - for standard input";
  if (std::count(inputs.begin(), inputs.end(), "-") > 1) return "-: standard input can be read only once";
  return {};
}

}  // namespace visionshard::cli
