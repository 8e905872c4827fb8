// Keyword arguments of the module's functions to the library's options.
#pragma once

#include <pybind11/pybind11.h>
#include <visionshard/check.h>
#include <visionshard/options.h>
#include <visionshard/tokens.h>

#include <string>

namespace visionshard::python {

enum class Function : unsigned { fit_image = 1, check_line = 2, check = 4, convert = 8 };

/// The options of all functions; each reads its own.
struct Settings {
  ConvertOptions convert;
  ImageDetail detail = ImageDetail::automatic;
  ModelFamily model = ModelFamily::tiles;
};

/// The limits of the profile, overridden by `keywords`. Raises TypeError for a keyword that `function` does not have or
/// a value of another type, ValueError for a value out of range or a profile there is none of. Needs the GIL.
Settings read_settings(Function function, const std::string& profile, const pybind11::kwargs& keywords);

/// The options of check().
CheckOptions check_options(Settings settings, std::vector<std::string> inputs);

}  // namespace visionshard::python
