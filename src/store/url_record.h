// What became of one URL: a line of a task's log.
#pragma once

#include <visionshard/fault.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_reader.h"
#include "base/result.h"
#include "base/sha256.h"
#include "base/xxh128.h"
#include "store/url_key.h"

namespace visionshard::store {

/// The bytes that a URL gave, and where they are.
struct StoredBody {
  Sha256::Digest sha256{};
  Xxh128::Digest xxh128{};
  std::uint64_t bytes = 0;
  std::string segment;  // its name, without folder and extension
  std::uint64_t offset = 0;
};

struct UrlRecord {
  UrlKey key{};
  std::string url;                   // as printable_url() returns it
  std::optional<FaultCode> failure;  // url_unreachable, url_status, url_not_image, url_too_large, url_private or
                                     // url_opted_out; nothing where it was fetched
  bool transient = false;            // a failure that may not happen again
  std::uint16_t status = 0;          // of HTTP, the last one; 0 where there was no answer
  std::uint16_t redirects = 0;
  std::uint32_t elapsed_ms = 0;  // of the last try, with its redirects
  std::uint64_t time_ms = 0;     // when it ended, since 1970
  std::string etag, last_modified, content_type;
  std::string detail;              // a sentence on a failure
  std::optional<StoredBody> body;  // where it was fetched
};

/// One line of JSON with its newline.
std::string record_line(const UrlRecord& record);

/// Fault: it is no record.
RunResult<UrlRecord> read_record(std::string_view line, simdjson::dom::parser& parser);

}  // namespace visionshard::store
