// The options of `visionshard generate`.
#pragma once

#include <visionshard/generate.h>

#include <CLI/CLI.hpp>
#include <string>

namespace visionshard::cli {

struct TypedGenerate {
  std::string output, examples, bytes, seed, photographs, config;
  std::string bank;
  Mix mix = Mix::mixed;
  unsigned threads = 0;
  bool force = false, quiet = false;
};

void define_generate(CLI::App& app, TypedGenerate& typed);

/// Of values that the options' own checks let through.
GenerateOptions meaning_of(const TypedGenerate& typed);

/// What those checks cannot see. Empty where all is well.
std::string contradiction(const TypedGenerate& typed);

}  // namespace visionshard::cli
