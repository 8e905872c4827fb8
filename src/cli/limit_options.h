// What the provider takes: the options that `convert` and `check` share.
#pragma once

#include <visionshard/options.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cli/profile_file.h"

namespace visionshard::cli {

struct TypedLimits {
  std::string profile = "openai";
  std::string max_images, max_image_bytes, max_image_examples, max_shard_bytes;
  std::string max_pixels, max_line_bytes, memory;
  Orient orient = Orient::bake;
  unsigned threads = 0;
};

/// The group "What the provider takes".
void define_limits(CLI::App& app, TypedLimits& typed);

/// --max-pixels and --orient.
void define_image_limits(CLI::App& app, TypedLimits& typed, const char* group, const char* orient_help);

/// --max-line-bytes, --threads and --memory.
void define_resources(CLI::App& app, TypedLimits& typed, const char* group);

/// Sets `value` where something was typed, which the option's check let through.
void set_size(std::uint64_t& value, const std::string& typed);

/// Of values that the options' own checks let through. Returns what is wrong all the same, empty where nothing is.
std::string meaning_of(const TypedLimits& typed, ChosenProfile& profile, LineOptions& line, ImageOptions& image);

}  // namespace visionshard::cli
