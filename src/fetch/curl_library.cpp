#include "fetch/curl_library.h"

namespace visionshard::fetching {

CurlLibrary::CurlLibrary() : library(VISIONSHARD_CURL_SONAME) { VISIONSHARD_CURL_FUNCTIONS(VISIONSHARD_FIND_FUNCTION) }

const CurlLibrary& curl() {
  static const CurlLibrary library;
  return library;
}

}  // namespace visionshard::fetching
