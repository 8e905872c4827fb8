// What a server answered to one request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace visionshard::fetching {

/// Of one response.
inline constexpr std::uint64_t max_header_bytes = 64'000;

/// How a transfer ended.
enum class TransferEnd : std::uint8_t {
  complete,
  refused_address,  // by the address guard
  not_connected,
  refused_by_proxy,  // it wants a name and a password
  broken,            // reset, or no HTTP
  timed_out,         // one of the three times
  cut_short,         // shorter than its Content-Length
  body_too_large,
  headers_too_large,
  certificate,   // not trusted, expired, or for another name
  bad_encoding,  // compressed, although it was not asked for, in a way that is not known or damaged
  opted_out,     // by a header; the body is not read
};

struct ResponseHeaders {
  std::string location;
  std::string retry_after;
  std::string etag;
  std::string last_modified;
  std::string content_type;
  std::string content_encoding;  // codings in lower case with ", " between, without "identity"
  bool has_length = false;       // by Content-Length or chunks: a body that is cut short is noticed
  bool forbids_use = false;

  /// One line of the response; a status line clears all: what came before was an interim response.
  void take_line(std::string_view line, bool honor_opt_out);
};

struct Response {
  TransferEnd end = TransferEnd::broken;
  std::uint16_t status = 0;  // 0 where there was none
  ResponseHeaders headers;
  double seconds = 0;            // in all
  std::string unknown_encoding;  // of a body that is as it came
  std::string detail;            // on a failure: the library's words
};

/// Retry-After (RFC 9110, section 10.2.3) in seconds from `now`, the seconds since 1970; nothing where it is neither a
/// number nor a date. A date in the past is 0.
std::optional<std::uint64_t> read_retry_after(const std::string& value, std::int64_t now);

}  // namespace visionshard::fetching
