// What a response means for its URL.
#pragma once

#include <visionshard/fault.h>

#include <string>

#include "fetch/response.h"

namespace visionshard::fetching {

struct ResponseClass {
  enum class Kind { body, not_modified, redirect, failed };

  Kind kind = Kind::failed;
  FaultCode code = FaultCode::url_unreachable;  // failed
  bool transient = false;                       // failed: another try may do
  bool is_overload = false;                     // the host is to be asked more slowly
  std::string detail;                           // failed
};

/// `is_conditional`: the request asked for the body only where it is another than before.
ResponseClass classify_response(const Response& response, bool is_conditional);

}  // namespace visionshard::fetching
