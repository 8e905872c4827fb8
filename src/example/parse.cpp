// On Demand checks only what it is asked for, so this walks every value: containers through the iterator, which checks
// commas and colons, and scalars through their raw token, which costs no copy and no number conversion.
#include "example/parse.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cstring>

#include "example/json_text.h"

namespace visionshard::example {

namespace ondemand = simdjson::ondemand;

struct LineParser::State {
  ondemand::parser parser;
};

LineParser::LineParser() : state_(std::make_unique<State>()) {}
LineParser::~LineParser() = default;
LineParser::LineParser(LineParser&&) noexcept = default;
LineParser& LineParser::operator=(LineParser&&) noexcept = default;

static_assert(line_padding >= simdjson::SIMDJSON_PADDING);

namespace {

struct Invalid {
  std::uint32_t at;
  const char* why;
};

class Walker {
 public:
  Walker(std::string_view line, Outline& outline) : line_(line), outline_(outline) {}

  // Each walk_ function returns false after setting invalid_.
  bool walk_root(ondemand::object root);
  bool walk_root(ondemand::array root);
  bool walk_root(std::string_view scalar);
  Invalid invalid() const noexcept { return invalid_; }

 private:
  struct Scalar {
    Shape shape = Shape::missing;
    std::string_view token;
  };

  bool fail(std::uint32_t at, const char* why) noexcept {
    invalid_ = {at, why};
    return false;
  }
  std::uint32_t offset(const char* p) const noexcept { return static_cast<std::uint32_t>(p - line_.data()); }

  bool key_of(ondemand::field& field, std::string_view& key);
  bool walk_any(ondemand::value& value, Shape& shape, Range& range, unsigned depth);
  bool walk_rest(ondemand::value& value, unsigned depth);
  bool walk_messages(ondemand::value& value, Shape& shape);
  bool walk_message(ondemand::value& value);
  bool walk_content(ondemand::value& value, Message& message);
  bool walk_part(ondemand::value& value);
  bool full(ondemand::value& value);
  bool walk_image_url(ondemand::value& value, Part& part);
  bool scalar(std::string_view token, Scalar& out);
  bool start_of(ondemand::value& value, ondemand::json_type& type, std::uint32_t& at);
  std::uint32_t end_before_next(ondemand::value& value) const;

  template <class OnField>
  bool each_field(ondemand::value& value, unsigned depth, OnField&& on_field);
  template <class OnElement>
  bool each_element(ondemand::value& value, unsigned depth, OnElement&& on_element);

  std::string_view line_;
  Outline& outline_;
  Invalid invalid_{0, "is not valid JSON"};
  bool seen_messages_ = false;
};

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trimmed(std::string_view token) noexcept {
  while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
  return token;
}

std::string_view inside(std::string_view token) noexcept { return token.substr(1, token.size() - 2); }

// The key's text starts behind its opening quote; the parser has seen to it that a closing one follows.
bool Walker::key_of(ondemand::field& field, std::string_view& key) {
  const char* const begin = field.key().raw();
  const char* const end = line_.data() + line_.size();
  const char* p = begin;
  for (;; ++p) {
    p = static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
    if (p == nullptr) return fail(offset(begin), "has a key without an end");
    std::size_t slashes = 0;
    while (p - slashes > begin && p[-1 - static_cast<std::ptrdiff_t>(slashes)] == '\\') ++slashes;
    if (slashes % 2 == 0) break;
  }
  key = {begin, static_cast<std::size_t>(p - begin)};
  return escapes_valid(key) || fail(offset(begin), "has a bad escape in a key");
}

bool Walker::start_of(ondemand::value& value, ondemand::json_type& type, std::uint32_t& at) {
  const char* location = nullptr;
  if (value.type().get(type) || value.current_location().get(location)) {
    const char* where = nullptr;
    return fail(value.current_location().get(where) ? static_cast<std::uint32_t>(line_.size()) : offset(where),
                "lacks a value where one must stand");
  }
  at = offset(location);
  return true;
}

std::uint32_t Walker::end_before_next(ondemand::value& value) const {
  const char* next = nullptr;
  if (value.current_location().get(next)) next = line_.data() + line_.size();
  while (is_space(next[-1])) --next;
  return offset(next);
}

bool Walker::scalar(std::string_view token, Scalar& out) {
  token = trimmed(token);
  out.token = token;
  const std::uint32_t at = offset(token.data());
  switch (token.front()) {
    case '"':
      out.shape = Shape::string;
      if (token.size() < 2 || token.back() != '"') return fail(at, "has a string followed by something else");
      return escapes_valid(inside(token)) || fail(at, "has a bad escape in a string");
    case 't':
    case 'f':
      out.shape = Shape::boolean;
      return token == "true" || token == "false" || fail(at, "has a bad literal");
    case 'n': out.shape = Shape::null; return token == "null" || fail(at, "has a bad literal");
    default: out.shape = Shape::number; return number_valid(token) || fail(at, "has a bad number");
  }
}

template <class OnField>
bool Walker::each_field(ondemand::value& value, unsigned depth, OnField&& on_field) {
  if (depth > max_depth) return fail(end_before_next(value), "is nested too deeply");
  ondemand::object object;
  if (value.get_object().get(object)) return fail(0, "has a broken object");
  for (auto result : object) {
    ondemand::field field;
    if (std::move(result).get(field)) return fail(end_before_next(value), "has a broken object");
    std::string_view key;
    if (!key_of(field, key) || !on_field(key, field.value())) return false;
  }
  return true;
}

template <class OnElement>
bool Walker::each_element(ondemand::value& value, unsigned depth, OnElement&& on_element) {
  if (depth > max_depth) return fail(end_before_next(value), "is nested too deeply");
  ondemand::array array;
  if (value.get_array().get(array)) return fail(0, "has a broken array");
  for (auto result : array) {
    ondemand::value element;
    if (std::move(result).get(element)) return fail(end_before_next(value), "has a broken array");
    if (!on_element(element)) return false;
  }
  return true;
}

bool Walker::walk_rest(ondemand::value& value, unsigned depth) {
  Shape shape;
  Range range;
  return walk_any(value, shape, range, depth);
}

bool Walker::walk_any(ondemand::value& value, Shape& shape, Range& range, unsigned depth) {
  ondemand::json_type type;
  if (!start_of(value, type, range.begin)) return false;
  if (type == ondemand::json_type::object) {
    shape = Shape::object;
    if (!each_field(value, depth, [&](std::string_view, ondemand::value& v) { return walk_rest(v, depth + 1); }))
      return false;
    range.end = end_before_next(value);
    return true;
  }
  if (type == ondemand::json_type::array) {
    shape = Shape::array;
    if (!each_element(value, depth, [&](ondemand::value& v) { return walk_rest(v, depth + 1); })) return false;
    range.end = end_before_next(value);
    return true;
  }
  Scalar found;
  if (!scalar(value.raw_json_token(), found)) return false;
  // A string that is left unread is skipped by the iterator, which takes one with a colon behind it for a key.
  if (found.shape == Shape::string && value.get_raw_json_string().error()) return fail(range.begin, "has a bad string");
  shape = found.shape;
  range.end = range.begin + static_cast<std::uint32_t>(found.token.size());
  return true;
}

Role role_of(std::string_view text) {
  if (equals(text, "user")) return Role::user;
  if (equals(text, "assistant")) return Role::assistant;
  if (equals(text, "system")) return Role::system;
  if (equals(text, "developer")) return Role::developer;
  if (equals(text, "tool")) return Role::tool;
  if (equals(text, "function")) return Role::function;
  return Role::unknown;
}

PartType part_type_of(std::string_view text) {
  if (equals(text, "text")) return PartType::text;
  if (equals(text, "image_url")) return PartType::image_url;
  if (equals(text, "refusal")) return PartType::refusal;
  if (equals(text, "input_audio")) return PartType::input_audio;
  if (equals(text, "file")) return PartType::file;
  return PartType::unknown;
}

// 0 or 1 by value: 1, 1.0 and 10e-1 are the same number. Anything longer is not what people write.
bool is_zero_or_one(std::string_view token) {
  if (token.size() > 30) return false;
  const double value = std::strtod(std::string(token).c_str(), nullptr);
  return value == 0.0 || value == 1.0;
}

bool Walker::walk_image_url(ondemand::value& value, Part& part) {
  ondemand::json_type type;
  std::uint32_t at = 0;
  if (!start_of(value, type, at)) return false;
  part.image_url_at = at;
  if (type != ondemand::json_type::object) {
    Range range;
    if (!walk_any(value, part.image_url, range, 5)) return false;
    part.url = part.image_url;
    part.url_range = range;
    return true;
  }
  part.image_url = Shape::object;
  part.url = Shape::missing;
  return each_field(value, 5, [&](std::string_view key, ondemand::value& v) {
    if (equals(key, "url")) {
      if (part.url != Shape::missing) part.duplicate_at = std::min(part.duplicate_at, offset(key.data()));
      return walk_any(v, part.url, part.url_range, 6);
    }
    if (equals(key, "detail")) {
      Shape shape;
      Range range;
      if (!walk_any(v, shape, range, 6)) return false;
      part.detail_at = range.begin;
      const std::string_view token = range.of(line_);
      const bool known = shape == Shape::string && (equals(inside(token), "low") || equals(inside(token), "high") ||
                                                    equals(inside(token), "auto"));
      part.detail = known ? Detail::known : Detail::unknown;
      return true;
    }
    return walk_rest(v, 6);
  });
}

// Whether the outline has no room for another element.
bool Walker::full(ondemand::value& value) {
  if (outline_.messages.size() + outline_.parts.size() < most_elements) return false;
  if (outline_.cut_off_at == nowhere) outline_.cut_off_at = end_before_next(value);
  return true;
}

bool Walker::walk_part(ondemand::value& value) {
  if (full(value)) return walk_rest(value, 4);
  ondemand::json_type type;
  Part part;
  if (!start_of(value, type, part.range.begin)) return false;
  if (type != ondemand::json_type::object) {
    Shape shape;
    if (!walk_any(value, shape, part.range, 4)) return false;
    outline_.parts.push_back(part);
    return true;
  }
  part.is_object = true;
  const bool walked = each_field(value, 4, [&](std::string_view key, ondemand::value& v) {
    if (equals(key, "type")) {
      if (part.type != PartType::missing) part.duplicate_at = std::min(part.duplicate_at, offset(key.data()));
      Shape shape;
      Range range;
      if (!walk_any(v, shape, range, 5)) return false;
      part.type_at = range.begin;
      part.type = shape == Shape::string ? part_type_of(inside(range.of(line_))) : PartType::unknown;
      part.ever_image |= part.type == PartType::image_url;
      return true;
    }
    if (equals(key, "image_url")) {
      if (part.image_url != Shape::missing) part.duplicate_at = std::min(part.duplicate_at, offset(key.data()));
      return walk_image_url(v, part);
    }
    Range range;
    if (equals(key, "text")) return walk_any(v, part.text, range, 5);
    if (equals(key, "refusal")) return walk_any(v, part.refusal, range, 5);
    return walk_rest(v, 5);
  });
  if (!walked) return false;
  part.range.end = end_before_next(value);
  outline_.parts.push_back(part);
  return true;
}

bool Walker::walk_content(ondemand::value& value, Message& message) {
  ondemand::json_type type;
  if (!start_of(value, type, message.content_at)) return false;
  if (type != ondemand::json_type::array) {
    Range range;
    return walk_any(value, message.content, range, 3);
  }
  message.content = Shape::array;
  return each_element(value, 3, [&](ondemand::value& v) { return walk_part(v); });
}

bool Walker::walk_message(ondemand::value& value) {
  if (full(value)) return walk_rest(value, 2);
  ondemand::json_type type;
  Message message;
  message.parts_begin = static_cast<std::uint32_t>(outline_.parts.size());
  if (!start_of(value, type, message.range.begin)) return false;
  if (type != ondemand::json_type::object) {
    Shape shape;
    if (!walk_any(value, shape, message.range, 2)) return false;
  } else {
    message.is_object = true;
    const bool walked = each_field(value, 2, [&](std::string_view key, ondemand::value& v) {
      Shape shape = Shape::missing;
      Range range;
      if (equals(key, "role")) {
        if (message.role != Role::missing) message.duplicate_at = std::min(message.duplicate_at, offset(key.data()));
        if (!walk_any(v, shape, range, 3)) return false;
        message.role_at = range.begin;
        message.role = shape == Shape::string ? role_of(inside(range.of(line_))) : Role::unknown;
        return true;
      }
      if (equals(key, "content")) {
        if (message.content != Shape::missing)
          message.duplicate_at = std::min(message.duplicate_at, offset(key.data()));
        return walk_content(v, message);
      }
      if (!walk_any(v, shape, range, 3)) return false;
      if (equals(key, "tool_calls") || equals(key, "function_call")) message.calls |= shape != Shape::null;
      if (equals(key, "weight")) {
        message.weight_at = range.begin;
        const bool known = shape == Shape::number && is_zero_or_one(range.of(line_));
        message.weight = known ? Weight::zero_or_one : Weight::other;
      }
      return true;
    });
    if (!walked) return false;
    message.range.end = end_before_next(value);
  }
  message.parts_end = static_cast<std::uint32_t>(outline_.parts.size());
  outline_.messages.push_back(message);
  return true;
}

bool Walker::walk_messages(ondemand::value& value, Shape& shape) {
  ondemand::json_type type;
  if (!start_of(value, type, outline_.messages_range.begin)) return false;
  if (type != ondemand::json_type::array) return walk_any(value, shape, outline_.messages_range, 1);
  shape = Shape::array;
  if (!each_element(value, 1, [&](ondemand::value& v) { return walk_message(v); })) return false;
  outline_.messages_range.end = end_before_next(value);
  return true;
}

bool Walker::walk_root(ondemand::object root) {
  for (auto result : root) {
    ondemand::field field;
    if (std::move(result).get(field)) return fail(0, "has a broken object at its top level");
    std::string_view key;
    if (!key_of(field, key)) return false;
    ondemand::value& value = field.value();
    if (equals(key, "messages")) {
      if (seen_messages_) outline_.duplicate_messages_at = offset(key.data());
      seen_messages_ = true;
      if (!walk_messages(value, outline_.messages_shape)) return false;
      continue;
    }
    Shape shape = Shape::missing;
    Range range;
    if (!walk_any(value, shape, range, 1)) return false;
    if (equals(key, "source")) outline_.has_source = shape == Shape::object;
    if (equals(key, "reason")) outline_.has_reason = shape == Shape::string;
    if (shape == Shape::string && equals(key, "raw")) outline_.raw = range;
    if (shape == Shape::string && equals(key, "raw_base64")) outline_.raw_base64 = range;
  }
  return true;
}

bool Walker::walk_root(ondemand::array root) {
  for (auto result : root) {
    ondemand::value element;
    if (std::move(result).get(element)) return fail(0, "has a broken array at its top level");
    if (!walk_rest(element, 1)) return false;
  }
  return true;
}

// Quotes inside a string are told by its escapes being valid and no quote standing free.
bool Walker::walk_root(std::string_view token) {
  token.remove_prefix(std::min(token.find_first_not_of(" \t\r\n"), token.size()));
  Scalar found;
  if (token.empty() || !scalar(token, found)) return false;
  if (found.shape != Shape::string) return true;
  const std::string_view text = inside(found.token);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return fail(offset(text.data() + i), "goes on behind its end");
    i += text[i] == '\\';
  }
  return true;
}

Fault broken(std::string_view line, std::uint32_t at, std::string_view why) {
  if (!simdjson::validate_utf8(line.data(), line.size()))
    return {FaultCode::invalid_utf8, {}, "the line holds bytes that are not UTF-8"};
  return {FaultCode::invalid_json, {}, fmt::format("the line {}, at byte {} of {}", why, at, line.size())};
}

Fault broken(std::string_view line, simdjson::error_code error) {
  const std::uint32_t end = static_cast<std::uint32_t>(line.size());
  switch (error) {
    case simdjson::UNCLOSED_STRING: return broken(line, end, "ends inside a string");
    case simdjson::UNESCAPED_CHARS: return broken(line, 0, "has a control character inside a string");
    case simdjson::EMPTY: return broken(line, 0, "is empty");
    case simdjson::CAPACITY: return broken(line, end, "is too long for the JSON parser");
    default: return broken(line, 0, "is not valid JSON");
  }
}

}  // namespace

tl::expected<void, Fault> LineParser::parse(std::string_view line, Outline& outline) {
  outline.clear();
  ondemand::document document;
  if (const auto error = state_->parser.iterate(line.data(), line.size(), line.size() + line_padding).get(document)) {
    if (error == simdjson::MEMALLOC) throw std::bad_alloc();
    return tl::unexpected(broken(line, error));
  }
  ondemand::json_type type;
  if (document.type().get(type)) return tl::unexpected(broken(line, 0, "does not start with a JSON value"));
  Walker walker(line, outline);
  bool walked = false;
  if (type == ondemand::json_type::object) {
    ondemand::object root;
    if (document.get_object().get(root))
      return tl::unexpected(broken(line, static_cast<std::uint32_t>(line.size()), "has an object without an end"));
    walked = walker.walk_root(root);
  } else if (type == ondemand::json_type::array) {
    ondemand::array root;
    walked = !document.get_array().get(root) && walker.walk_root(root);
  } else {
    walked = walker.walk_root(line);
  }
  if (!walked) return tl::unexpected(broken(line, walker.invalid().at, walker.invalid().why));
  const char* rest = nullptr;
  if (type < ondemand::json_type::number && !document.current_location().get(rest))
    return tl::unexpected(broken(line, static_cast<std::uint32_t>(rest - line.data()), "goes on behind its end"));
  if (type != ondemand::json_type::object)
    return tl::unexpected(Fault{FaultCode::not_an_object, {}, "the line is valid JSON, but not an object"});
  return {};
}

}  // namespace visionshard::example
