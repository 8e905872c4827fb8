#include "base/json_pointer.h"

#include <simdjson.h>

#include "base/json_text.h"

namespace visionshard::json {

std::optional<std::string> value_at(std::string_view text, const std::string& pointer) {
  simdjson::dom::parser parser;
  simdjson::dom::element value;
  if (parser.parse(text.data(), text.size()).at_pointer(pointer).get(value)) return std::nullopt;
  std::string_view string;
  return value.get(string) ? std::string(simdjson::minify(value)) : quoted(string);
}

bool is_pointer(std::string_view pointer) noexcept {
  if (!pointer.starts_with('/')) return false;
  for (std::size_t at = pointer.find('~'); at != std::string_view::npos; at = pointer.find('~', at + 1))
    if (at + 1 == pointer.size() || (pointer[at + 1] != '0' && pointer[at + 1] != '1')) return false;
  return true;
}

}  // namespace visionshard::json
