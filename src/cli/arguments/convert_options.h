// The options of `visionshard convert`, which `plan` and `config` have as well.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments/display_options.h"
#include "cli/arguments/limit_options.h"
#include "cli/arguments/reject_bound.h"
#include "cli/terminal/log_file.h"

namespace visionshard::cli {

/// The options as they were given.
struct ParsedConvert {
  std::vector<std::string> inputs;
  ParsedLimits limits;
  ParsedDisplay display;
  std::string output, prefix = "train", image_root, store, max_rejects, shards, log_file, metrics_file;
  LogLevel log_level = LogLevel::info;
  int min_quality = ImageOptions().min_quality;
  unsigned stall_timeout = ConvertOptions().stall_timeout_seconds;
  Verify verify = Verify::structure;
  DetailOption detail = DetailOption::keep;
  FitModel fit_model = FitModel::off;
  UrlsOption urls = UrlsOption::keep;
  Duplicates duplicates = Duplicates::keep;
  std::vector<std::string> exclude;
  OnExcluded on_excluded = OnExcluded::exclude;
  std::string sample, seed, validation, split_by, keep_split;
  bool shuffle = false;
  NearDuplicates near_duplicates = NearDuplicates::off;
  OutputLayout layout = OutputLayout::chat;
  ImagePlace images = ImagePlace::inlined;
  OnBad on_bad_image = OnBad::reject, on_assistant_image = OnBad::reject;
  Rejects rejects = Rejects::full;
  DigestOption digest = DigestOption::xxh128;
  bool force = false, resume = false, no_sync = false, json = false, measure = false;
};

/// What they mean.
struct ConvertRequest {
  ConvertOptions options;
  ProgressStyle progress = ProgressStyle::automatic;
  bool json = false;
  bool quiet = false;
  RejectBound max_rejects;
  std::string log_file;  // empty: none
  LogLevel log_level = LogLevel::info;
  std::string metrics_file;  // empty: none
};

void define_convert(CLI::App& app, ParsedConvert& parsed);

/// Of values that the options' own checks have accepted. Returns what is wrong, empty where nothing is.
std::string resolve(const ParsedConvert& parsed, ConvertRequest& request);

}  // namespace visionshard::cli
