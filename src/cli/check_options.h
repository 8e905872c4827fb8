// The options of `visionshard check`.
#pragma once

#include "cli/display_options.h"
#include "cli/limit_options.h"
#include "cli/options.h"

namespace visionshard::cli {

struct TypedCheck {
  std::vector<std::string> inputs;
  TypedLimits limits;
  TypedDisplay display;
  ModelFamily model = ModelFamily::tiles;
  bool json = false, list = false;
};

void define_check(CLI::App& app, TypedCheck& typed);

/// Of values that the options' own checks let through. Returns what is wrong all the same, empty where nothing is.
std::string meaning_of(const TypedCheck& typed, CheckCommand& command);

}  // namespace visionshard::cli
