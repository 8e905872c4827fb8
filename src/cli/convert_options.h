// The options of `visionshard convert`.
#pragma once

#include "cli/display_options.h"
#include "cli/limit_options.h"
#include "cli/log_file.h"
#include "cli/options.h"

namespace visionshard::cli {

struct TypedConvert {
  std::vector<std::string> inputs;
  TypedLimits limits;
  TypedDisplay display;
  std::string output, prefix = "train", image_root, max_rejects, shards, log_file, metrics;
  LogLevel log_level = LogLevel::info;
  int min_quality = 60;
  unsigned stall_timeout = ConvertOptions().stall_timeout_seconds;
  Verify verify = Verify::structure;
  DetailOption detail = DetailOption::keep;
  FitModel fit_model = FitModel::off;
  Duplicates duplicates = Duplicates::keep;
  OnBad on_bad_image = OnBad::reject, on_assistant_image = OnBad::reject;
  Rejects rejects = Rejects::full;
  DigestOption digest = DigestOption::xxh128;
  bool force = false, resume = false, no_sync = false, json = false, measure = false;
};

void define_convert(CLI::App& app, TypedConvert& typed);

/// Of values that the options' own checks let through. Returns what is wrong all the same, empty where nothing is.
std::string meaning_of(const TypedConvert& typed, ConvertCommand& command);

}  // namespace visionshard::cli
