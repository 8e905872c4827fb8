// One line of a list of --exclude.
#pragma once

#include <visionshard/report.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/sha256.h"

namespace visionshard::exclusion {

/// The first half of a SHA-256.
using Key = std::array<std::uint64_t, 2>;

Key key_of(const Sha256::Digest& digest) noexcept;

/// Of a URL or a host.
Key key_of(std::string_view text);
/// Of a URL without its fragment, which is never sent to a server (RFC 9110, section 4.2.5).
Key key_of_url(std::string_view url);

/// What an entry names. A digest without a kind is an example's or an image's.
struct Entry {
  enum class Kind : std::uint8_t { image, example, digest, url, host, place } kind = Kind::digest;
  Key key{};               // but for places
  std::string file;        // of a place
  std::uint64_t line = 0;  // likewise, from 1
};

/// The entry in a line of a list, without its line ending: 64 hexadecimal digits, alone or after "image:", "example:"
/// or "sha256:"; an http(s) URL; "host:" and a name; FILE:LINE; or an object with one of the keys image, example,
/// sha256, url, host, or file and line, also within "source", as records of rejected.jsonl have them. Nothing where the
/// line is blank or begins with "#". Fault: it is none of these; the message is for after "LIST:LINE: ".
RunResult<std::optional<Entry>> read_entry(std::string_view line);

/// The host of a web URL in lower case, without a user and a port; empty where it has none.
std::string host_of(std::string_view url);

}  // namespace visionshard::exclusion
