// A library that is loaded when the first image needs it. Loaded with the program, libheif and libjxl took 8 of the
// 12 ms of `visionshard --version`: libhwy spins on the clock for 3 ms, libde265 fills its tables for 2 ms.
#pragma once

#include <string>

#include "base/result.h"

namespace visionshard::codec {

/// Stays loaded until the program ends.
class SharedLibrary {
 public:
  /// Loads it. Throws std::bad_alloc.
  explicit SharedLibrary(const char* soname);

  /// Sets `function` to the library's of that name, or to nullptr: then missing() says why. Throws std::bad_alloc.
  template <class Function>
  void find(const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(address_of(name));
  }
  /// Why it cannot be used; empty where it can.
  const std::string& missing() const noexcept { return missing_; }

 private:
  void* address_of(const char* name);

  void* handle_;
  std::string missing_;
};

// Members that point to a library's functions, under their names, and the code that finds them in `library`.
#define VISIONSHARD_FUNCTION_MEMBER(name) decltype(&::name) name = nullptr;
#define VISIONSHARD_FIND_FUNCTION(name) library.find(#name, name);

/// Of an image that is `what` ("HEIC"), which `library` was needed for.
tl::unexpected<ImageFault> missing_library(std::string_view what, const SharedLibrary& library);

}  // namespace visionshard::codec
