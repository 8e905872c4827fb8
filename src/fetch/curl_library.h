// libcurl, loaded when the first URL needs it: with the thirty libraries that it stands on it would more than double
// the time in which every command starts.
#pragma once

#include <string>

#include "codec/shared_library.h"

// Its macros would refuse calls through pointers.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

namespace visionshard::fetching {

#define VISIONSHARD_CURL_FUNCTIONS(apply)                                                                             \
  apply(curl_easy_cleanup) apply(curl_easy_getinfo) apply(curl_easy_init) apply(curl_easy_setopt)                     \
      apply(curl_easy_strerror) apply(curl_free) apply(curl_getdate) apply(curl_global_cleanup)                       \
          apply(curl_global_init) apply(curl_multi_add_handle) apply(curl_multi_cleanup) apply(curl_multi_info_read)  \
              apply(curl_multi_init) apply(curl_multi_remove_handle) apply(curl_multi_setopt)                         \
                  apply(curl_multi_socket_action) apply(curl_slist_append) apply(curl_slist_free_all) apply(curl_url) \
                      apply(curl_url_cleanup) apply(curl_url_get) apply(curl_url_set) apply(curl_url_strerror)

struct CurlLibrary {
  CurlLibrary();

  codec::SharedLibrary library;
  VISIONSHARD_CURL_FUNCTIONS(VISIONSHARD_FUNCTION_MEMBER)

  /// Why it cannot be used; empty where it can.
  const std::string& missing() const noexcept { return library.missing(); }
};

/// Loads it at the first call. Without it no function may be called. Thread-safe.
const CurlLibrary& curl();

}  // namespace visionshard::fetching
