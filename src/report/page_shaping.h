// A section of report.html: what was excluded, validation, shuffling.
#pragma once

#include <visionshard/report.h>

#include <string>

namespace visionshard::report {

/// Whether the section has anything to say: a page without it has no link to it either.
bool has_shaping(const RunReport& report) noexcept;

/// Appends the section "shaping", on what options kept out of the training set.
void append_shaping(std::string& page, const RunReport& report);

}  // namespace visionshard::report
