// Text for standard output, where a failure to write counts, and for standard error, where it does not.
#pragma once

#include <string_view>

namespace visionshard::cli {

/// Writes `text`. After a failure nothing more is written; finished() reports it.
void print(std::string_view text);

/// The name that messages begin with; "visionshard" where it is not set. It must live as long as the process.
void name_program(std::string_view name);

/// Writes one line to standard error: the program's name and ": ", `text`, a newline. A failure is ignored.
void print_message(std::string_view text);

/// Writes `text` alone to standard error. A failure is ignored.
void print_raw_message(std::string_view text);

/// Opens /dev/null for each standard stream that is closed: a file of the run must not get its number.
void keep_standard_streams();

/// Points the C library's `stderr` to /dev/null, which glibc allows: Debian's libjxl 0.7 prints what is wrong with a
/// file. The functions above write to the descriptor.
void silence_libraries();

/// `exit_status`; or exit_failed, with a message on standard error, if standard output could not be written.
int finished(int exit_status);

}  // namespace visionshard::cli
