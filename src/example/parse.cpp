// simdjson's first stage finds where every token of the line begins, and settles UTF-8, control characters in strings
// and strings without an end. The grammar is checked here, over those places: every value,
// also those that are not used, and each scalar only to its end. Compared with simdjson's On Demand, which checks only
// the values that are asked for, a line of text and a URL takes half the time.
#include "example/parse.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "base/json_text.h"
#include "example/hidden_image.h"
#include "example/json_fault.h"

namespace visionshard::example {

// Chunks of lines, so that a chunk's tokens stay in the first-level cache. Line by line, a line of 283 bytes takes the
// first stage 53 ns, in chunks 23.
constexpr std::size_t chunk_bytes = 32 << 10;

struct LineParser::State {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
  std::string_view text;  // whose lines come
  // The chunk of it whose tokens were looked for last, and the first of them that may not be after us; nullptr where
  // some line of it is broken, or its tokens are gone.
  std::string_view chunk;
  const std::uint32_t* next_token = nullptr;
  bool any_escape = false;

  simdjson::error_code index(std::string_view bytes);
  bool index_chunk_at(std::string_view line);
};

// The first stage over `bytes`. Throws std::bad_alloc.
simdjson::error_code LineParser::State::index(std::string_view bytes) {
  simdjson::error_code error = simdjson::SUCCESS;
  const std::size_t capacity = std::max(bytes.size(), chunk_bytes);
  if (!stages)
    error = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, max_depth, stages);
  else if (capacity > stages->capacity())
    error = stages->set_capacity(capacity);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error) return error;
  return stages->stage1(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                        simdjson::stage1_mode::regular);
}

namespace {

bool starts_within(std::string_view part, std::string_view whole) noexcept {
  return !std::less<>()(part.data(), whole.data()) && std::less<>()(part.data(), whole.data() + whole.size());
}

}  // namespace

// Whether the tokens of `line` are among its chunk's. In a chunk without a fault no line's strings or characters reach
// into the next: a newline inside either would be one. What stands before a line on the same line, a byte order mark,
// can hide its first quote.
bool LineParser::State::index_chunk_at(std::string_view line) {
  if (!starts_within(line, text)) return false;
  if (!starts_within(line, chunk)) {
    const std::string_view rest(line.data(), static_cast<std::size_t>(text.data() + text.size() - line.data()));
    // memrchr, since std::string_view::rfind goes byte by byte.
    const void* const newline = ::memrchr(rest.data(), '\n', std::min(rest.size(), chunk_bytes));
    const std::size_t bytes =
        newline == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(newline) - rest.data());
    chunk = rest.substr(0, bytes);
    // One line alone has nothing to share.
    next_token = chunk.size() > line.size() + 1 && !index(chunk) ? stages->structural_indexes.get() : nullptr;
    any_escape = next_token != nullptr && std::memchr(chunk.data(), '\\', chunk.size()) != nullptr;
  }
  return next_token != nullptr && (line.data() == chunk.data() || line.data()[-1] == '\n');
}

LineParser::LineParser() : state_(std::make_unique<State>()) {}
LineParser::~LineParser() = default;
LineParser::LineParser(LineParser&&) noexcept = default;
LineParser& LineParser::operator=(LineParser&&) noexcept = default;

static_assert(line_padding >= simdjson::SIMDJSON_PADDING);

namespace {

// With a length known at compile time a comparison is one or two loads, but the compiler calls memcmp for 5 to 7 bytes
// and for more than 8.
template <std::size_t N>
bool same(std::string_view text, const char (&name)[N]) noexcept {
  constexpr std::size_t size = N - 1, half = size > 8 ? 8 : size > 4 && size < 8 ? 4 : size;
  static_assert(size <= 16);
  return text.size() == size && std::memcmp(text.data(), name, half) == 0 &&
         std::memcmp(text.data() + size - half, name + size - half, half) == 0;
}

// A key, or a value that is used.
struct String {
  std::string_view text;  // inside its quotes
  bool escaped;

  template <std::size_t N>
  bool is(const char (&name)[N]) const {
    return escaped ? json::equals(text, name) : same(text, name);
  }
};

std::string_view inside(std::string_view token) noexcept { return token.substr(1, token.size() - 2); }

class Walker {
 public:
  // `tokens` are the places where they begin, counted from `origin` bytes before the line, in order, with one after
  // the line.
  Walker(std::string_view line, const std::uint32_t* tokens, std::uint32_t origin, bool any_escape, ExampleSpans& spans)
      : line_(line),
        next_(tokens),
        origin_(origin),
        size_(static_cast<std::uint32_t>(line.size())),
        spans_(spans),
        any_escape_(any_escape) {}

  // Each walk_ function reads one value and returns false if it is malformed; find_json_fault() finds where and how.
  bool walk_root();
  Shape root_shape() const noexcept { return root_shape_; }
  const std::uint32_t* next() const noexcept { return next_; }

 private:
  std::uint32_t offset(std::string_view part) const noexcept {
    return static_cast<std::uint32_t>(part.data() - line_.data());
  }
  // The line's length where no token is left.
  std::uint32_t at() const noexcept { return std::min(*next_ - origin_, size_); }
  bool is_at_end() const noexcept { return *next_ - origin_ >= size_; }
  char peek() const noexcept { return is_at_end() ? '\0' : line_[*next_ - origin_]; }
  bool begins_empty_array() const noexcept {
    return peek() == '[' && next_[1] - origin_ < size_ && line_[next_[1] - origin_] == ']';
  }

  String string_in(Range range) const noexcept {
    const std::string_view text = inside(range.of(line_));
    return {text, any_escape_ && text.find('\\') != std::string_view::npos};
  }

  std::string_view token();
  bool key(String& out);
  bool escapes(std::string_view text);
  bool scalar(Shape& shape, Range& range);
  bool walk_any(Shape& shape, Range& range, unsigned depth);
  bool walk_rest(unsigned depth);
  bool walk_root_fields();
  bool walk_messages();
  bool walk_message(std::uint32_t index);
  bool walk_content(Message& message);
  bool walk_part(std::uint32_t index);
  bool walk_tool_calls();
  bool walk_function(std::uint32_t call, unsigned depth, ToolPlace place, ToolPlace arguments_place);
  void tool_fault(ToolPlace place, Shape shape, std::uint32_t at, std::uint32_t call);
  bool full();
  bool walk_text(Shape& shape, Range& range, unsigned depth);
  void hides(HiddenImage kind, std::uint32_t at) noexcept;
  void look_for_marks();
  bool walk_image_url(Part& part);

  template <class OnField>
  bool each_field(unsigned depth, OnField&& on_field);
  template <class OnElement>
  bool each_element(unsigned depth, OnElement&& on_element);

  std::string_view line_;
  const std::uint32_t* next_;
  std::uint32_t origin_;
  std::uint32_t size_;
  ExampleSpans& spans_;
  bool any_escape_;
  bool seen_messages_ = false;
  Shape root_shape_ = Shape::missing;
  std::uint32_t after_ = 0;            // the container walked last
  std::uint32_t images_at_ = nowhere;  // a key of the line's own that lists images
};

bool is_space(char c) noexcept { return c <= ' ' && (c == ' ' || c == '\t' || c == '\n' || c == '\r'); }

// Consumes and returns the next token: its text up to the following token, without white space.
[[gnu::always_inline]] inline std::string_view Walker::token() {
  const std::uint32_t begin = *next_++ - origin_;
  std::uint32_t end = at();
  while (is_space(line_[end - 1])) --end;
  return {line_.data() + begin, end - begin};
}

[[gnu::always_inline]] inline bool Walker::key(String& out) {
  if (peek() != '"') return false;
  const std::string_view text = token();
  if (text.size() < 2 || text.back() != '"') return false;
  out.text = inside(text);
  out.escaped = any_escape_ && out.text.find('\\') != std::string_view::npos;
  if (out.escaped && !escapes(out.text)) return false;
  if (peek() != ':') return false;
  ++next_;
  return true;
}

bool Walker::scalar(Shape& shape, Range& range) {
  if (is_at_end()) return false;
  const std::string_view text = token();
  const std::uint32_t begin = offset(text);
  range = {begin, begin + static_cast<std::uint32_t>(text.size())};
  switch (text.front()) {
    case '"':
      shape = Shape::string;
      return text.size() >= 2 && text.back() == '"' && (!any_escape_ || escapes(inside(text)));
    case 't':
    case 'f': shape = Shape::boolean; return text == "true" || text == "false";
    case 'n': shape = Shape::null; return text == "null";
    case ',':
    case ':':
    case ']':
    case '}': return false;
    default: shape = Shape::number; return json::number_valid(text);
  }
}

// Whether the escapes of a string are valid; unpaired surrogates, which RFC 8259 allows, are recorded.
bool Walker::escapes(std::string_view text) {
  const json::Escapes found = json::read_escapes(text);
  if (found.lone_surrogate != std::string_view::npos && spans_.lone_surrogate_at == nowhere)
    spans_.lone_surrogate_at = offset(text) + static_cast<std::uint32_t>(found.lone_surrogate);
  return found.valid;
}

template <class OnField>
bool Walker::each_field(unsigned depth, OnField&& on_field) {
  if (depth > max_depth) return false;
  ++next_;
  for (bool first = true;; first = false) {
    if (first && peek() == '}') break;
    String name;
    if (!key(name) || !on_field(name)) return false;
    if (peek() == '}') break;
    if (peek() != ',') return false;
    ++next_;
  }
  after_ = *next_++ - origin_ + 1;
  return true;
}

template <class OnElement>
bool Walker::each_element(unsigned depth, OnElement&& on_element) {
  if (depth > max_depth) return false;
  ++next_;
  for (bool first = true;; first = false) {
    if (first && peek() == ']') break;
    if (!on_element()) return false;
    if (peek() == ']') break;
    if (peek() != ',') return false;
    ++next_;
  }
  after_ = *next_++ - origin_ + 1;
  return true;
}

bool Walker::walk_rest(unsigned depth) {
  Shape shape;
  Range range;
  return walk_any(shape, range, depth);
}

bool Walker::walk_any(Shape& shape, Range& range, unsigned depth) {
  const char c = peek();
  if (c != '{' && c != '[') return scalar(shape, range);
  range.begin = at();
  shape = c == '{' ? Shape::object : Shape::array;
  const bool walked = c == '{' ? each_field(depth, [&](const String&) { return walk_rest(depth + 1); })
                               : each_element(depth, [&] { return walk_rest(depth + 1); });
  range.end = after_;
  return walked;
}

void Walker::hides(HiddenImage kind, std::uint32_t at) noexcept {
  if (spans_.hidden_image == HiddenImage::none) {
    spans_.hidden_image = kind;
    spans_.hidden_image_at = at;
  }
}

// A value that a model reads as text if it is a string.
bool Walker::walk_text(Shape& shape, Range& range, unsigned depth) {
  if (!walk_any(shape, range, depth)) return false;
  if (shape != Shape::string || spans_.hidden_image != HiddenImage::none) return true;
  hides(image_hidden_in(inside(range.of(line_))), range.begin);
  return true;
}

Role role_of(const String& value) {
  if (value.is("user")) return Role::user;
  if (value.is("assistant")) return Role::assistant;
  if (value.is("system")) return Role::system;
  if (value.is("developer")) return Role::developer;
  if (value.is("tool")) return Role::tool;
  if (value.is("function")) return Role::function;
  return Role::unknown;
}

PartType part_type_of(const String& value) {
  if (value.is("text")) return PartType::text;
  if (value.is("image_url")) return PartType::image_url;
  if (value.is("refusal")) return PartType::refusal;
  return PartType::unknown;
}

Detail detail_of(const String& value) {
  if (value.is("low")) return Detail::low;
  if (value.is("high")) return Detail::high;
  if (value.is("auto")) return Detail::automatic;
  return Detail::unknown;
}

// Types of image parts of other layouts: Anthropic's, the Responses API's, TRL's.
bool is_image_of_other_layouts(const String& value) {
  return value.is("image") || value.is("input_image") || value.is("image_file");
}

// By value: 1, 1.0 and 10e-1 are the same number. Longer spellings do not occur in practice.
Weight weight_of(std::string_view token) {
  if (token.size() > 30) return Weight::other;
  const double value = std::strtod(std::string(token).c_str(), nullptr);
  return value == 0.0 ? Weight::zero : value == 1.0 ? Weight::one : Weight::other;
}

bool Walker::walk_image_url(Part& part) {
  part.image_url_at = at();
  if (peek() != '{') {
    if (!walk_any(part.image_url, part.url_range, 5)) return false;
    part.url = part.image_url;
    return true;
  }
  part.image_url = Shape::object;
  part.url = Shape::missing;
  return each_field(5, [&](const String& name) {
    if (name.is("url")) {
      if (part.url != Shape::missing) part.duplicate_at = std::min(part.duplicate_at, offset(name.text));
      return walk_any(part.url, part.url_range, 6);
    }
    if (!name.is("detail")) return walk_rest(6);
    Shape shape;
    Range range;
    if (!walk_any(shape, range, 6)) return false;
    part.detail_range = range;
    part.detail = shape == Shape::string ? detail_of(string_in(range)) : Detail::unknown;
    return true;
  });
}

// Whether the spans cannot hold another element.
bool Walker::full() {
  if (spans_.messages.size() + spans_.parts.size() < max_elements) return false;
  if (spans_.cut_off_at == nowhere) spans_.cut_off_at = at();
  return true;
}

bool Walker::walk_part(std::uint32_t index) {
  if (full()) return walk_rest(4);
  Part part;
  part.index = index;
  part.range.begin = at();
  if (peek() != '{') {
    Shape shape;
    if (!walk_any(shape, part.range, 4)) return false;
    spans_.parts.push_back(part);
    return true;
  }
  part.is_object = true;
  bool other_layout = false;
  const bool walked = each_field(4, [&](const String& name) {
    if (name.is("type")) {
      if (part.type != PartType::missing) part.duplicate_at = std::min(part.duplicate_at, offset(name.text));
      Shape shape;
      Range range;
      if (!walk_any(shape, range, 5)) return false;
      part.type_at = range.begin;
      part.type = shape == Shape::string ? part_type_of(string_in(range)) : PartType::unknown;
      other_layout |= shape == Shape::string && is_image_of_other_layouts(string_in(range));
      part.ever_image |= part.type == PartType::image_url;
      return true;
    }
    if (name.is("image_url")) {
      if (part.image_url != Shape::missing) part.duplicate_at = std::min(part.duplicate_at, offset(name.text));
      return walk_image_url(part);
    }
    Range range;
    if (name.is("text")) return walk_text(part.text, range, 5);
    if (name.is("inline_data") || name.is("inlineData")) other_layout = true;
    if (name.is("refusal")) return walk_any(part.refusal, range, 5);
    return walk_rest(5);
  });
  if (!walked) return false;
  part.range.end = after_;
  if (other_layout && !part.is_image()) hides(HiddenImage::other_layout, part.range.begin);
  spans_.parts.push_back(part);
  return true;
}

bool Walker::walk_content(Message& message) {
  if (peek() != '[') return walk_text(message.content, message.content_range, 3);
  message.content = Shape::array;
  message.content_range.begin = at();
  std::uint32_t index = 0;
  if (!each_element(3, [&] { return walk_part(index++); })) return false;
  message.content_range.end = after_;
  return true;
}

void Walker::tool_fault(ToolPlace place, Shape shape, std::uint32_t at, std::uint32_t call) {
  const auto message = static_cast<std::uint32_t>(spans_.messages.size());
  if (spans_.tool_faults.size() < max_tool_faults) spans_.tool_faults.push_back({place, shape, at, message, call});
}

// The function of a call: an object whose arguments, if any, are a string.
bool Walker::walk_function(std::uint32_t call, unsigned depth, ToolPlace place, ToolPlace arguments_place) {
  const std::uint32_t begin = at();
  Shape shape;
  Range range;
  if (peek() != '{') {
    if (!walk_any(shape, range, depth)) return false;
    // Serializers write null for a missing value.
    if (place != ToolPlace::function_call || shape != Shape::null) tool_fault(place, shape, begin, call);
    return true;
  }
  return each_field(depth, [&](const String& name) {
    if (!name.is("arguments")) return walk_rest(depth + 1);
    if (!walk_any(shape, range, depth + 1)) return false;
    if (shape != Shape::string) tool_fault(arguments_place, shape, range.begin, call);
    return true;
  });
}

bool Walker::walk_tool_calls() {
  const std::uint32_t begin = at();
  Shape shape;
  Range range;
  if (peek() != '[') {
    if (!walk_any(shape, range, 3)) return false;
    if (shape != Shape::null) tool_fault(ToolPlace::tool_calls, shape, begin, 0);
    return true;
  }
  std::uint32_t call = 0;
  return each_element(3, [&] {
    const std::uint32_t index = call++, call_begin = at();
    if (peek() != '{') {
      if (!walk_any(shape, range, 4)) return false;
      tool_fault(ToolPlace::call, shape, call_begin, index);
      return true;
    }
    return each_field(4, [&](const String& name) {
      return name.is("function") ? walk_function(index, 5, ToolPlace::function, ToolPlace::arguments) : walk_rest(5);
    });
  });
}

bool Walker::walk_message(std::uint32_t index) {
  if (full()) return walk_rest(2);
  Message message;
  message.index = index;
  message.parts_begin = static_cast<std::uint32_t>(spans_.parts.size());
  message.range.begin = at();
  if (peek() != '{') {
    Shape shape;
    if (!walk_any(shape, message.range, 2)) return false;
  } else {
    message.is_object = true;
    const bool walked = each_field(2, [&](const String& name) {
      Shape shape = Shape::missing;
      Range range;
      if (name.is("role")) {
        if (message.role != Role::missing) message.duplicate_at = std::min(message.duplicate_at, offset(name.text));
        if (!walk_any(shape, range, 3)) return false;
        message.role_range = range;
        message.role = shape == Shape::string ? role_of(string_in(range)) : Role::unknown;
        return true;
      }
      if (name.is("content")) {
        if (message.content != Shape::missing) message.duplicate_at = std::min(message.duplicate_at, offset(name.text));
        return walk_content(message);
      }
      ++message.other_keys;
      if (name.is("tool_calls")) {
        message.calls |= peek() != 'n' && !begins_empty_array();
        return walk_tool_calls();
      }
      if (name.is("function_call")) {
        message.calls |= peek() != 'n';
        return walk_function(0, 3, ToolPlace::function_call, ToolPlace::function_call_arguments);
      }
      if (!walk_any(shape, range, 3)) return false;
      if (name.is("weight")) {
        const std::string_view token = range.of(line_);
        message.weight_at = range.begin;
        message.weight = shape == Shape::number ? weight_of(token) : Weight::other;
        message.weight_is_integer = token.find_first_of(".eE") == std::string_view::npos;
      } else if (name.is("tool_call_id")) {
        message.tool_call_id_at = range.begin;
        message.tool_call_id = shape;
      }
      return true;
    });
    if (!walked) return false;
    message.range.end = after_;
  }
  message.parts_end = static_cast<std::uint32_t>(spans_.parts.size());
  spans_.messages.push_back(message);
  return true;
}

bool Walker::walk_messages() {
  if (peek() != '[') return walk_any(spans_.messages_shape, spans_.messages_range, 1);
  spans_.messages_range.begin = at();
  spans_.messages_shape = Shape::array;
  std::uint32_t index = 0;
  if (!each_element(1, [&] { return walk_message(index++); })) return false;
  spans_.messages_range.end = after_;
  return true;
}

bool Walker::walk_root_fields() {
  return each_field(0, [&](const String& name) {
    Field field;
    field.range.begin = offset(name.text) - 1;
    field.key_end = offset(name.text) + static_cast<std::uint32_t>(name.text.size()) + 1;
    const auto add_field = [&](bool known, std::uint32_t end) {
      field.known = known;
      field.range.end = end;
      spans_.fields.push_back(field);
    };
    if (name.is("messages")) {
      if (seen_messages_) spans_.duplicate_messages_at = offset(name.text);
      seen_messages_ = true;
      if (!walk_messages()) return false;
      add_field(true, spans_.messages_range.end);
      return true;
    }
    Shape shape = Shape::missing;
    Range range;
    if (!walk_any(shape, range, 1)) return false;
    const bool is_tools = name.is("tools"), is_weight = name.is("weight");
    add_field(is_tools || is_weight, range.end);
    if (is_tools) {
      spans_.tools = shape;
      spans_.tools_at = range.begin;
    }
    if (is_weight) {
      spans_.weight = shape;
      spans_.weight_at = range.begin;
    }
    const bool holds_any = shape == Shape::array || shape == Shape::string ? range.size() > 2 : shape == Shape::object;
    if (holds_any && (name.is("images") || name.is("image"))) images_at_ = std::min(images_at_, field.range.begin);
    if (name.is("source")) spans_.has_source = shape == Shape::object;
    if (name.is("reason")) spans_.has_reason = shape == Shape::string;
    if (shape == Shape::string && name.is("raw")) spans_.raw = range;
    if (shape == Shape::string && name.is("raw_base64")) spans_.raw_base64 = range;
    return true;
  });
}

// Images that the line lists beside its messages: no model sees them unless a part of the messages refers to them.
void Walker::look_for_marks() {
  bool has_image = false, has_mark = false;
  for (const Part& part : spans_.parts) {
    has_image |= part.is_image();
    has_mark |= part.type == PartType::text && has_image_mark(part.range.of(line_));
  }
  for (const Message& message : spans_.messages)
    has_mark |= message.content == Shape::string && has_image_mark(message.content_range.of(line_));
  if (has_mark || (!has_image && spans_.messages_shape == Shape::array)) hides(HiddenImage::images_key, images_at_);
}

bool Walker::walk_root() {
  Range range;
  const bool is_object = peek() == '{';
  root_shape_ = Shape::object;
  if (is_object ? !walk_root_fields() : !walk_any(root_shape_, range, 0)) return false;
  if (!is_at_end()) return false;
  if (images_at_ != nowhere) look_for_marks();
  return true;
}

Fault broken(std::string_view line) {
  if (!simdjson::validate_utf8(line.data(), line.size())) {
    const std::size_t at = find_utf8_fault(line);
    return {FaultCode::invalid_utf8,
            {},
            fmt::format("the line holds bytes that are not UTF-8; the first is 0x{:02X}, at byte {} of {}",
                        static_cast<unsigned char>(line[at]), at, line.size())};
  }
  const auto found = find_json_fault(line, max_depth);
  if (!found) return {FaultCode::invalid_json, {}, "the line is not valid JSON"};
  return {
      FaultCode::invalid_json, {}, fmt::format("the line {}, at byte {} of {}", found->what, found->at, line.size())};
}

}  // namespace

struct LineParser::Tokens {
  const std::uint32_t* first;  // nullptr: the line is broken
  std::uint32_t origin;
  bool any_escape;
};

LineParser::Tokens LineParser::find_tokens(std::string_view line) {
  State& state = *state_;
  const auto has_escape = [&] { return std::memchr(line.data(), '\\', line.size()) != nullptr; };
  if (state.index_chunk_at(line)) {
    const auto origin = static_cast<std::uint32_t>(line.data() - state.chunk.data());
    while (*state.next_token < origin) ++state.next_token;
    return {state.next_token, origin, state.any_escape && has_escape()};
  }
  state.next_token = nullptr;  // the chunk's tokens give way to the line's
  if (state.index(line)) return {nullptr, 0, false};
  return {state.stages->structural_indexes.get(), 0, has_escape()};
}

void LineParser::expect_lines_of(std::string_view text) noexcept {
  state_->text = text;
  state_->chunk = {};
}

tl::expected<void, Fault> LineParser::parse(std::string_view line, ExampleSpans& spans) {
  spans.clear();
  const Tokens tokens = find_tokens(line);
  if (tokens.first == nullptr) return tl::unexpected(broken(line));
  Walker walker(line, tokens.first, tokens.origin, tokens.any_escape, spans);
  if (!walker.walk_root()) return tl::unexpected(broken(line));
  if (state_->next_token != nullptr) state_->next_token = walker.next();
  if (walker.root_shape() != Shape::object)
    return tl::unexpected(Fault{FaultCode::not_an_object,
                                {},
                                fmt::format("the line is valid JSON, but {} and not an object with \"messages\"",
                                            shape_name(walker.root_shape()))});
  return {};
}

}  // namespace visionshard::example
