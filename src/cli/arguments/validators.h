// Checks of values that CLI11 runs while it parses, so that its message names the option. Here and in all of cli a
// check returns a sentence that says what is wrong, empty where nothing is, as CLI11's own checks do.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "cli/terminal/printable.h"

namespace visionshard::cli {

extern const CLI::Validator is_path;  // not empty, as of a variable of the shell that is not set
extern const CLI::Validator is_size;
extern const CLI::Validator is_count;
extern const CLI::Validator is_reject_bound;
extern const CLI::Validator is_share;
extern const CLI::Validator is_seed;
extern const CLI::Validator is_validation;
extern const CLI::Validator is_split_by;

/// What is wrong with the inputs as a list.
std::string check_inputs(const std::vector<std::string>& inputs);

/// An option that takes one of `words`, which have a member `word` and a member `value`. The value that it has already
/// is its default.
template <class Value, class Words>
CLI::Option* add_choice(CLI::App& app, const std::string& option, Value& value, const Words& words,
                        const std::string& help) {
  std::map<std::string, Value> values;
  for (const auto& each : words) values.emplace(each.word, each.value);
  std::string alternatives, given;
  for (const auto& [word, each] : values) {
    alternatives += (alternatives.empty() ? "" : "|") + word;
    if (each == value && given.empty()) given = word;
  }
  const CLI::Validator is_one(
      [values, alternatives](const std::string& text) {
        return values.contains(text) ? std::string() : fmt::format("'{}' is none of {}", excerpt(text), alternatives);
      },
      "");
  return app
      .add_option_function<std::string>(
          option, [&value, values](const std::string& text) { value = values.at(text); }, help)
      ->check(is_one)
      ->type_name(alternatives)
      ->default_str(given);
}

}  // namespace visionshard::cli
