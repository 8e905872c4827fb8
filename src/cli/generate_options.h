// The options of `visionshard generate`.
#pragma once

#include <visionshard/generate.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cli/options.h"

namespace visionshard::cli {

struct TypedGenerate {
  std::string output, examples, bytes, seed, photographs, config;
  std::string bank;
  Mix mix = Mix::photos;
  unsigned threads = 0;
  bool force = false, quiet = false;
};

void define_generate(CLI::App& app, TypedGenerate& typed);

/// Of values that the options' own checks let through. Returns what is wrong all the same, empty where nothing is.
std::string meaning_of(const TypedGenerate& typed, GenerateCommand& command);

}  // namespace visionshard::cli
