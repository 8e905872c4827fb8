#include "fetch/classify_response.h"

#include <fmt/format.h>

namespace visionshard::fetching {
namespace {

using Kind = ResponseClass::Kind;

ResponseClass failed(FaultCode code, std::string detail) {
  return {Kind::failed, code, false, false, std::move(detail)};
}
ResponseClass retried(FaultCode code, std::string detail) {
  return {Kind::failed, code, true, true, std::move(detail)};
}

ResponseClass classify_status(const Response& r, bool is_conditional) {
  switch (r.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      if (!r.headers.location.empty()) return {Kind::redirect, {}, false, false, {}};
      return failed(FaultCode::url_status, fmt::format("status {}, without a location that can be followed", r.status));
    case 304:
      if (is_conditional) return {Kind::not_modified, {}, false, false, {}};
      break;
    case 408:
    case 429: return retried(FaultCode::url_status, fmt::format("status {}", r.status));
    default: break;
  }
  if (r.status >= 500) return retried(FaultCode::url_status, fmt::format("status {}", r.status));
  return failed(FaultCode::url_status, fmt::format("status {}", r.status));
}

}  // namespace

ResponseClass classify_response(const Response& r, bool is_conditional) {
  const auto with = [&](std::string_view what) {
    return r.detail.empty() ? std::string(what) : fmt::format("{}: {}", what, r.detail);
  };
  switch (r.end) {
    case TransferEnd::refused_address:
      return failed(FaultCode::url_private, "the address is not public; --allow-address opens ranges");
    case TransferEnd::headers_too_large:
      return failed(FaultCode::url_too_large,
                    fmt::format("the headers are over the limit of {} bytes", max_header_bytes));
    case TransferEnd::certificate: return failed(FaultCode::url_unreachable, with("the certificate is not accepted"));
    case TransferEnd::refused_by_proxy:
      return retried(FaultCode::url_unreachable,
                     fmt::format("the proxy {} wants another name and password (status 407)", r.detail));
    case TransferEnd::opted_out: return failed(FaultCode::url_opted_out, "a header of the response forbids this use");
    default: break;
  }
  // The status is known, and there is no body of interest.
  if (r.status != 0 && r.status != 200) return classify_status(r, is_conditional);
  switch (r.end) {
    case TransferEnd::complete:
      if (r.status == 200) return {Kind::body, {}, false, false, {}};
      break;
    case TransferEnd::not_connected: return retried(FaultCode::url_unreachable, with("no connection"));
    case TransferEnd::timed_out: return retried(FaultCode::url_unreachable, with("too slow"));
    case TransferEnd::cut_short: return retried(FaultCode::url_unreachable, with("the body was cut short"));
    case TransferEnd::body_too_large: return failed(FaultCode::url_too_large, "the body is over the limit");
    case TransferEnd::bad_encoding:
      return failed(FaultCode::url_not_image,
                    fmt::format("the body is compressed ({}), which no one asked for, and cannot be read",
                                r.headers.content_encoding.substr(0, 40)));
    default: break;
  }
  return retried(FaultCode::url_unreachable, with("the connection broke"));
}

}  // namespace visionshard::fetching
