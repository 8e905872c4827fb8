// The places of the values in a line that the program reads or changes. Offsets are bytes from the line's start.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace visionshard::example {

struct Range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  std::uint32_t size() const noexcept { return end - begin; }
  std::string_view of(std::string_view line) const noexcept { return line.substr(begin, end - begin); }
};

inline constexpr std::uint32_t nowhere = UINT32_MAX;

/// Containers nested deeper than this are invalid_json: the parsers of the receiving side stop at about as many.
inline constexpr unsigned max_depth = 1000;

// The spans of the shortest elements take 40 times the memory of their text; no model's context holds so many.
inline constexpr std::size_t max_elements = 100'000;

enum class Shape : std::uint8_t { missing, null, string, number, boolean, array, object };

/// For messages: "an array".
const char* shape_name(Shape shape) noexcept;

enum class Role : std::uint8_t { missing, unknown, system, developer, user, assistant, tool, function };
enum class PartType : std::uint8_t { missing, unknown, text, image_url, refusal };
enum class Weight : std::uint8_t { missing, zero, one, other };
enum class Detail : std::uint8_t { missing, low, high, automatic, unknown };

/// How an image is hidden from the receiving side, which reads a text in its place, or nothing.
enum class HiddenImage : std::uint8_t { none, data_url, parts_as_json, images_key, other_layout };

/// What tells the layouts of lines apart (layout/detect.h); bits of ExampleSpans::layout_signs.
namespace layout_sign {
inline constexpr std::uint16_t messages = 1 << 0,  // of the line's own keys
    contents = 1 << 1, conversations = 1 << 2,
                               system = 1 << 3,  // a string or an array
    image_key = 1 << 4,                          // "image" or "images"
    images = 1 << 5,                             // the same, with a value that is not empty
    mark = 1 << 6,                               // <image> in a text, in a line with image_key
    input_part = 1 << 7,                         // a part of the type input_text, input_image or output_text
    sourced_image = 1 << 8,                      // of the type image, with "source"
    image_part = 1 << 9,                         // of the type image, without
    chat_image = 1 << 10;                        // of the type image_url
inline constexpr unsigned count = 11;
}  // namespace layout_sign

struct Part {
  Range range;              // the whole element, of any type
  std::uint32_t index = 0;  // in its array; a message with two contents has two
  bool is_object = false;
  PartType type = PartType::missing;
  std::uint32_t type_at = nowhere;
  Shape text = Shape::missing;     // of "text"
  Range text_range;                // with the quotes
  Shape refusal = Shape::missing;  // of "refusal"
  Shape image_url = Shape::missing;
  std::uint32_t image_url_at = nowhere;
  Shape url = Shape::missing;  // of "image_url" itself where that is a string, else of its "url"
  Range url_range;             // with the quotes
  Detail detail = Detail::missing;
  Range detail_range;                    // of its value
  std::uint32_t duplicate_at = nowhere;  // a second "type", "image_url" or "url"
  bool ever_image = false;               // one of its "type" keys is image_url

  bool is_image() const noexcept { return type == PartType::image_url || ever_image; }
};

/// The list that a message stands in: "messages", or one of a preference example.
enum class Branch : std::uint8_t { messages, input, preferred, non_preferred };

/// JSON pointer to the list: "/messages", "/input/messages" and so on.
std::string_view branch_pointer(Branch branch) noexcept;

struct Message {
  Range range;
  std::uint32_t index = 0;  // in its array; a line with two "messages" has two
  Branch branch = Branch::messages;
  bool is_object = false;
  Role role = Role::missing;
  Range role_range;  // of its value
  Shape content = Shape::missing;
  Range content_range;            // with the brackets or quotes
  std::uint32_t parts_begin = 0;  // into ExampleSpans::parts
  std::uint32_t parts_end = 0;
  bool calls = false;               // has tool_calls or function_call, neither null nor an empty array
  Weight weight = Weight::missing;  // by value
  bool weight_is_integer = false;   // in its spelling: 1, not 1.0
  std::uint32_t weight_at = nowhere;
  Shape tool_call_id = Shape::missing;
  std::uint32_t tool_call_id_at = nowhere;
  std::uint32_t duplicate_at = nowhere;  // a second "role" or "content"
  std::uint32_t other_keys = 0;          // beside "role" and "content"
};

/// A content part: indexes into ExampleSpans::messages and ExampleSpans::parts.
struct ImageRef {
  std::uint32_t message;
  std::uint32_t part;
};

// A key of the line's own object, and its value.
struct Field {
  Range range;
  std::uint32_t key_end = 0;  // after the key's closing quote
  bool known = false;         // "messages", "tools" or "weight"; of a preference example its three keys
  bool of_preference = false;
};

struct ListSpan {
  Shape shape = Shape::missing;
  Range range;
};

// The value in a tool call whose type differs from OpenAI's documents.
enum class ToolPlace : std::uint8_t { tool_calls, call, function, arguments, function_call, function_call_arguments };

struct ToolFault {
  ToolPlace place;
  Shape shape;  // of the value there
  std::uint32_t at;
  Branch branch;          // of its message
  std::uint32_t message;  // in its array
  std::uint32_t call;     // likewise
};

// Later faults are not recorded.
inline constexpr std::size_t max_tool_faults = 1'000;

/// What a line has once.
struct LineSpans {
  Shape messages_shape = Shape::missing;
  Range messages_range;
  std::uint32_t duplicate_messages_at = nowhere;
  Shape input = Shape::missing;  // of a preference example, as the next
  std::uint32_t input_at = nowhere;
  ListSpan input_messages;
  ListSpan outputs[2];                          // preferred_output, non_preferred_output
  std::uint32_t duplicate_branch_at = nowhere;  // a second of these keys
  Shape tools = Shape::missing;                 // of the key "tools", of a preference example in its input
  std::uint32_t tools_at = nowhere;
  Shape weight = Shape::missing;
  std::uint32_t weight_at = nowhere;
  std::uint32_t cut_off_at = nowhere;  // messages and parts after it were checked as JSON, but are not listed

  std::uint32_t lone_surrogate_at = nowhere;     // the first escape of half a surrogate pair, in any string or key
  std::uint16_t layout_signs = 0;                // 0 where none tells of another layout than chat
  HiddenImage hidden_image = HiddenImage::none;  // the first
  std::uint32_t hidden_image_at = nowhere;

  // A record of rejected.jsonl carries the line it is about.
  bool has_source = false;
  bool has_reason = false;
  Range raw;         // with the quotes; empty where there is none
  Range raw_base64;  // likewise

  bool is_reject_record() const noexcept { return messages_shape == Shape::missing && has_source && has_reason; }
};

struct ExampleSpans : LineSpans {
  std::vector<Field> fields;
  std::vector<Message> messages;
  std::vector<Part> parts;
  std::vector<ToolFault> tool_faults;

  void clear() {
    static_cast<LineSpans&>(*this) = {};
    fields.clear();
    messages.clear();
    parts.clear();
    tool_faults.clear();
  }
};

}  // namespace visionshard::example
