// The man page.
#pragma once

#include <string>

#include "cli/arguments/command_spec.h"

namespace visionshard::cli {

/// visionshard.1 in roff, with the macros of man(7). It has no date, so that the same program writes the same page.
std::string manual_page(const ProgramSpec& program);

/// The page of a program that has one command, which is the program's own.
std::string manual_page_of_command(const CommandSpec& program);

}  // namespace visionshard::cli
