// `visionshard profiles`: what each provider takes.
#pragma once

#include <string>

namespace visionshard::cli {

std::string profile_table();

}  // namespace visionshard::cli
