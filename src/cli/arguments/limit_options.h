// The provider's limits, and the options for images and resources that `convert` and `check` share.
#pragma once

#include <visionshard/options.h>

#include <CLI/App.hpp>
#include <string>

#include "cli/arguments/profile_file.h"

namespace visionshard::cli {

struct ParsedLimits {
  std::string profile = "openai";
  std::string max_images, max_image_bytes, max_image_examples, max_shard_bytes;
  std::string max_pixels, max_line_bytes, max_tokens, memory;
  Orient orient = Orient::bake;
  InputLayout from = InputLayout::automatic;
  unsigned threads = 0;
};

/// --profile and the options that override one of its limits.
void define_limits(CLI::App& app, ParsedLimits& parsed);

/// --max-pixels and --orient.
void define_image_limits(CLI::App& app, ParsedLimits& parsed, const char* group, const char* orient_help);

/// --from.
void define_input_layout(CLI::App& app, ParsedLimits& parsed);

/// --max-line-bytes, --threads and --memory.
void define_resources(CLI::App& app, ParsedLimits& parsed, const char* group);

/// --threads alone.
void define_threads(CLI::App& app, unsigned& threads, const char* group, const char* help);

/// --memory alone.
void define_memory(CLI::App& app, std::string& memory, const char* group);

/// Sets `value` unless `text`, which is_size or is_count has accepted, is empty.
void set_size(std::uint64_t& value, const std::string& text);

/// Of values that the options' own checks have accepted. Returns what is wrong, empty where nothing is.
std::string resolve(const ParsedLimits& parsed, ChosenProfile& profile, LineOptions& line, ImageOptions& image);

}  // namespace visionshard::cli
