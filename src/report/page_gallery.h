// The part of report.html that shows images.
#pragma once

#include <visionshard/report.h>

#include <string>
#include <string_view>

namespace visionshard::report {

/// Appends one picture of a pair, named by `when`, and what is known of its file.
void append_picture(std::string& page, std::string_view when, const SamplePicture& picture);

/// Appends the section "gallery".
void append_gallery(std::string& page, const RunReport& report);

}  // namespace visionshard::report
