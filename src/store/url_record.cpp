#include "store/url_record.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/ascii.h"
#include "base/json_writer.h"

namespace visionshard::store {
namespace {

constexpr std::array failures = {FaultCode::url_unreachable, FaultCode::url_status,  FaultCode::url_not_image,
                                 FaultCode::url_too_large,   FaultCode::url_private, FaultCode::url_opted_out};
constexpr std::string_view fetched_name = "fetched";

template <std::size_t size>
std::array<unsigned char, size> digest_in(const JsonReader& reader, std::string_view key) {
  const std::string text = reader.text(key);
  if (text.size() != 2 * size) throw JsonReader::NotOurs();
  std::array<unsigned char, size> digest;
  for (std::size_t i = 0; i < size; ++i) {
    const int high = ascii::hex_value(text[2 * i]), low = ascii::hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) throw JsonReader::NotOurs();
    digest[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return digest;
}

template <class Number>
Number number_in(const JsonReader& reader, std::string_view key) {
  const std::uint64_t number = reader.number(key);
  if (number > std::numeric_limits<Number>::max()) throw JsonReader::NotOurs();
  return static_cast<Number>(number);
}

UrlRecord read(const JsonReader& reader) {
  UrlRecord r;
  r.key = digest_in<32>(reader, "key");
  r.url = reader.text("url");
  const std::string outcome = reader.text("outcome");
  if (outcome != fetched_name) {
    const auto code = std::find_if(failures.begin(), failures.end(), [&](FaultCode c) { return name(c) == outcome; });
    if (code == failures.end()) throw JsonReader::NotOurs();
    r.failure = *code;
  }
  r.transient = reader.flag("transient");
  r.status = number_in<std::uint16_t>(reader, "status");
  r.redirects = number_in<std::uint16_t>(reader, "redirects");
  r.elapsed_ms = number_in<std::uint32_t>(reader, "elapsed_ms");
  r.time_ms = reader.number("time_ms");
  r.etag = reader.text_or_none("etag");
  r.last_modified = reader.text_or_none("last_modified");
  r.content_type = reader.text_or_none("content_type");
  r.detail = reader.text_or_none("detail");
  if (r.failure) return r;
  const JsonReader body = reader.object("body");
  r.body = StoredBody{digest_in<32>(body, "sha256"), digest_in<16>(body, "xxh128"), body.number("bytes"),
                      body.text("segment"), body.number("offset")};
  if (r.body->bytes > std::numeric_limits<std::int64_t>::max() - r.body->offset) throw JsonReader::NotOurs();
  return r;
}

}  // namespace

std::string record_line(const UrlRecord& r) {
  JsonWriter json(JsonLayout::compact);
  json.begin_object()
      .field("key", hexadecimal(r.key))
      .field("url", r.url)
      .field("outcome", r.failure ? name(*r.failure) : fetched_name)
      .field("transient", r.transient)
      .field("status", std::uint64_t{r.status})
      .field("redirects", std::uint64_t{r.redirects})
      .field("elapsed_ms", std::uint64_t{r.elapsed_ms})
      .field("time_ms", r.time_ms);
  const auto text_if_any = [&](const char* key, const std::string& text) {
    if (!text.empty()) json.field(key, text);
  };
  text_if_any("etag", r.etag);
  text_if_any("last_modified", r.last_modified);
  text_if_any("content_type", r.content_type);
  text_if_any("detail", r.detail);
  if (r.body)
    json.begin_object("body")
        .field("sha256", hexadecimal(r.body->sha256))
        .field("xxh128", hexadecimal(r.body->xxh128))
        .field("bytes", r.body->bytes)
        .field("segment", r.body->segment)
        .field("offset", r.body->offset)
        .end_object();
  return json.end_object().take();
}

RunResult<UrlRecord> read_record(std::string_view line, simdjson::dom::parser& parser) {
  return read_json(parser, line, "a record of a store's log", read);
}

}  // namespace visionshard::store
