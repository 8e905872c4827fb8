// What goes to standard output, and whether it got there.
#pragma once

#include <string_view>

namespace visionshard::cli {

/// Writes `text`; a failure is remembered, and what follows it is not written.
void print(std::string_view text);

/// `exit_status`, or exit_failed and a message on standard error where something could not be written.
int finished(int exit_status);

}  // namespace visionshard::cli
