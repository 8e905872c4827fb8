#include <fmt/format.h>
#include <visionshard/version.h>

#include "base64/base64.h"
#include "codec/library_versions.h"

namespace visionshard {

std::string build_description() {
  return fmt::format("visionshard {}\nbase64 kernel {}\n{}", version, base64::name(base64::active_kernel()),
                     codec::library_versions());
}

}  // namespace visionshard
