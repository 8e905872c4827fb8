// The man page.
#pragma once

#include <string>

#include "cli/definitions.h"

namespace visionshard::cli {

/// visionshard.1 in roff, with the macros of man(7). It bears no date: the same program writes the same page.
std::string manual_page(const DefinedProgram& program);

}  // namespace visionshard::cli
