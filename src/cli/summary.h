// What a person reads when a run is over.
#pragma once

#include <visionshard/generate.h>
#include <visionshard/report.h>

#include <string>

namespace visionshard::cli {

/// The summary as text for `directory`.
std::string summary_text(const RunReport& report, const std::string& directory);

/// The summary of a corpus written to `file`.
std::string summary_text(const GenerateOutcome& outcome, const std::string& file);

/// "1.2 GB": three digits or so, in units of 1000.
std::string bytes_text(std::uint64_t bytes);

/// "1,234,567".
std::string counted(std::uint64_t n);

/// `text` without controls, turns of direction, characters without width and bytes that are no UTF-8, so that names and
/// texts from a corpus cannot drive a terminal or deceive who reads it.
std::string printable(std::string_view text);

/// The first 80 characters of a value, printable; "..." where it goes on.
std::string excerpt(std::string_view text);

}  // namespace visionshard::cli
