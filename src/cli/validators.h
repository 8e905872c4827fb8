// Checks of typed values that CLI11 runs while it parses, so that the message names the option.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace visionshard::cli {

extern const CLI::Validator is_size;
extern const CLI::Validator is_count;

template <class Value>
CLI::CheckedTransformer one_of(const std::map<std::string, Value>& names) {
  CLI::CheckedTransformer transformer(names);
  std::string description;
  for (const auto& [name, value] : names) description += (description.empty() ? "" : "|") + name;
  transformer.description(description);
  return transformer;
}

}  // namespace visionshard::cli
