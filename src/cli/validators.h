// Checks of typed values that CLI11 runs while it parses, so that the message names the option.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "cli/summary.h"

namespace visionshard::cli {

extern const CLI::Validator is_size;
extern const CLI::Validator is_count;

/// What is wrong with the inputs as they are typed, or nothing.
std::string wrong_inputs(const std::vector<std::string>& inputs);

template <class Value>
using Names = std::map<std::string, Value>;

/// An option that takes one of some words. The value it has already is its default.
template <class Value>
CLI::Option* add_choice(CLI::App& app, const std::string& option, Value& value, const Names<Value>& names,
                        const std::string& help) {
  std::string words, given;
  for (const auto& [name, each] : names) {
    words += (words.empty() ? "" : "|") + name;
    if (each == value && given.empty()) given = name;
  }
  const CLI::Validator is_one(
      [names, words](const std::string& text) {
        return names.contains(text) ? std::string() : fmt::format("'{}' is none of {}", excerpt(text), words);
      },
      "");
  return app
      .add_option_function<std::string>(
          option, [&value, names](const std::string& text) { value = names.at(text); }, help)
      ->check(is_one)
      ->type_name(words)
      ->default_str(given);
}

}  // namespace visionshard::cli
