#include "exclusion/exclusion_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/ascii.h"
#include "base/json_reader.h"
#include "base/json_text.h"
#include "base/printable_url.h"

namespace visionshard::exclusion {
namespace {

std::optional<Key> digest_in(std::string_view text) noexcept {
  Sha256::Digest digest;
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = ascii::hex_value(text[2 * i]), low = ascii::hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return key_of(digest);
}

bool is_web(std::string_view text) {
  const std::string begin = ascii::lower_case(text.substr(0, 8));
  return begin.starts_with("http://") || begin == "https://";
}

RunResult<std::optional<Entry>> digest_entry(Entry::Kind kind, std::string_view text) {
  if (const auto key = digest_in(text)) return Entry{kind, *key, {}, 0};
  return run_fault(fmt::format("{} is not a SHA-256: 64 hexadecimal digits", json::excerpt(text)));
}

RunResult<std::optional<Entry>> url_entry(std::string_view text) {
  if (is_web(text) && !host_of(text).empty()) return Entry{Entry::Kind::url, key_of_url(text), {}, 0};
  return run_fault(fmt::format("{} is not an http or https URL", json::excerpt(printable_url(text))));
}

RunResult<std::optional<Entry>> host_entry(std::string_view text) {
  if (text.empty() || text.find_first_of("/:@ *") != std::string_view::npos)
    return run_fault(fmt::format("{} is not the name of a host", json::excerpt(text)));
  return Entry{Entry::Kind::host, key_of(ascii::lower_case(text)), {}, 0};
}

RunResult<std::optional<Entry>> place_entry(std::string file, std::uint64_t line) {
  if (file.empty() || line == 0) return run_fault("a place needs a file and a line, which counts from 1");
  return Entry{Entry::Kind::place, {}, std::move(file), line};
}

// The first of the kinds that the object has; other keys are notes.
RunResult<std::optional<Entry>> object_entry(const JsonReader& object) {
  using Kind = Entry::Kind;
  if (object.has("image")) return digest_entry(Kind::image, object.text("image"));
  if (object.has("example")) return digest_entry(Kind::example, object.text("example"));
  for (const char* const key : {"sha256", "digest"})
    if (object.has(key)) return digest_entry(Kind::digest, object.text(key));
  if (object.has("url")) return url_entry(object.text("url"));
  if (object.has("host")) return host_entry(object.text("host"));
  if (object.has("source")) return object_entry(object.object("source"));
  if (object.has("file")) return place_entry(object.text("file"), object.number("line"));
  return run_fault(
      "the object has none of the keys image, example, sha256, digest, url, host, file with line, or source");
}

RunResult<std::optional<Entry>> json_entry(std::string_view line) {
  auto entry = read_json(line, "the entry", object_entry);
  if (!entry) return run_fault("the entry is no JSON object whose values have the types of an exclusion list");
  return std::move(*entry);
}

}  // namespace

Key key_of(const Sha256::Digest& digest) noexcept {
  Key half;
  std::memcpy(half.data(), digest.data(), sizeof half);
  return half;
}

Key key_of(std::string_view text) {
  Sha256 digest;
  digest.update(as_bytes(text));
  return key_of(digest.finish());
}

Key key_of_url(std::string_view url) { return key_of(url.substr(0, url.find('#'))); }

std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#\\"));
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  if (!url.starts_with('[')) url = url.substr(0, url.find(':'));
  return ascii::lower_case(url);
}

RunResult<std::optional<Entry>> read_entry(std::string_view line) {
  using Kind = Entry::Kind;
  line = ascii::trimmed(line);
  if (line.empty() || line.starts_with('#')) return std::nullopt;
  if (line.starts_with('{')) return json_entry(line);
  if (const auto key = digest_in(line)) return Entry{Kind::digest, *key, {}, 0};
  for (const auto& [prefix, kind] :
       {std::pair("image:", Kind::image), std::pair("example:", Kind::example), std::pair("sha256:", Kind::digest)})
    if (line.starts_with(prefix)) return digest_entry(kind, ascii::trimmed(line.substr(std::strlen(prefix))));
  if (line.starts_with("host:")) return host_entry(ascii::trimmed(line.substr(5)));
  if (is_web(line)) return url_entry(line);
  if (const std::size_t colon = line.rfind(':'); colon != std::string_view::npos && colon > 0) {
    std::uint64_t number = 0;
    const std::string_view digits = line.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && !digits.empty() && end == digits.data() + digits.size())
      return place_entry(std::string(line.substr(0, colon)), number);
  }
  return run_fault(
      fmt::format("{} is of no known kind: give a SHA-256, an http(s) URL, host:NAME, image:SHA256, example:SHA256, "
                  "FILE:LINE or a JSON object",
                  json::excerpt(line)));
}

}  // namespace visionshard::exclusion
