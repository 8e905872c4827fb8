// Reading back the JSON that this program writes: what is not as it was written is refused as a whole.
#pragma once

#include <simdjson.h>
#include <visionshard/options.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace visionshard {

/// Values of one object. Throws NotOurs where one is not there or is of another kind; read_json catches it.
class JsonReader {
 public:
  struct NotOurs {};

  explicit JsonReader(simdjson::dom::object object) : object_(object) {}

  std::uint64_t number(std::string_view key) const { return value<std::uint64_t>(key); }
  bool flag(std::string_view key) const { return value<bool>(key); }
  std::string text(std::string_view key) const { return std::string(value<std::string_view>(key)); }
  /// Empty where it is not there.
  std::string text_or_none(std::string_view key) const { return object_[key].error() ? std::string() : text(key); }
  bool has(std::string_view key) const { return !object_[key].error(); }
  JsonReader object(std::string_view key) const { return JsonReader(value<simdjson::dom::object>(key)); }
  simdjson::dom::array array(std::string_view key) const { return value<simdjson::dom::array>(key); }
  simdjson::dom::object fields() const { return object_; }
  /// no_limit where it is null.
  std::uint64_t limit(std::string_view key) const {
    return value<simdjson::dom::element>(key).is_null() ? no_limit : number(key);
  }

 private:
  template <class Value>
  Value value(std::string_view key) const {
    Value out;
    if (object_[key].get(out)) throw NotOurs();
    return out;
  }

  simdjson::dom::object object_;
};

/// read(JsonReader) of the object that `text` is. Fault, which begins with `what`: the object has another form. The
/// parser's buffers are used again.
template <class Read>
auto read_json(simdjson::dom::parser& parser, std::string_view text, std::string_view what, Read read)
    -> RunResult<decltype(read(std::declval<JsonReader>()))> {
  simdjson::dom::object object;
  try {
    if (!parser.parse(text.data(), text.size()).get(object)) return read(JsonReader(object));
  } catch (const JsonReader::NotOurs&) {
  } catch (const simdjson::simdjson_error&) {
  } catch (const std::logic_error&) {
  }
  return run_fault(std::string(what) + " is damaged, or was written by another program");
}

/// The same with a parser of its own.
template <class Read>
auto read_json(std::string_view text, std::string_view what, Read read)
    -> RunResult<decltype(read(std::declval<JsonReader>()))> {
  simdjson::dom::parser parser;
  return read_json(parser, text, what, read);
}

}  // namespace visionshard
