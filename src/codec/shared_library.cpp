#include "codec/shared_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace visionshard::codec {

SharedLibrary::SharedLibrary(const char* soname) : handle_(::dlopen(soname, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) missing_ = ::dlerror();
}

void* SharedLibrary::address_of(const char* name) {
  if (!missing_.empty()) return nullptr;
  void* const address = ::dlsym(handle_, name);
  if (address == nullptr) missing_ = ::dlerror();
  return address;
}

tl::unexpected<ImageFault> missing_library(std::string_view what, const SharedLibrary& library) {
  return image_fault(
      FaultCode::unsupported_format,
      fmt::format("the image is {}, which needs a library that cannot be loaded: {}", what, library.missing()));
}

}  // namespace visionshard::codec
