// How many files the process may have open at once.
#pragma once

namespace visionshard::cli {

/// Raises the limit to what the system allows: shards stay open until their block of lines is written, and with small
/// ones that are more than the 1,024 of a usual shell.
void allow_many_open_files() noexcept;

}  // namespace visionshard::cli
