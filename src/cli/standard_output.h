// What goes to standard output, and whether it got there; what goes to standard error, if it can.
#pragma once

#include <string_view>

namespace visionshard::cli {

/// Writes `text`; a failure is remembered, and what follows it is not written.
void print(std::string_view text);

/// Writes a line for people to standard error: "visionshard: ", `text`, a newline. What cannot be written is lost.
void print_message(std::string_view text);

/// The same without anything added.
void print_raw_message(std::string_view text);

/// Opens /dev/null in the place of a standard stream that is closed: a file of the run must not get its number.
void keep_standard_streams();

/// Takes the C library's `stderr` away from libraries, by way of glibc, which allows it: Debian's libjxl 0.7 prints
/// what it finds wrong with a file. The messages above go to the descriptor.
void silence_libraries();

/// `exit_status`, or exit_failed and a message on standard error where something could not be written.
int finished(int exit_status);

}  // namespace visionshard::cli
