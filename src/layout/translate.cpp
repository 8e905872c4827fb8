#include "layout/translate.h"

#include <fmt/format.h>

#include "base/number_text.h"
#include "layout/content_writer.h"

namespace visionshard::layout {
namespace {

// The keys with a meaning in one layout; a second name is another spelling.
struct Keys {
  std::string_view list = "messages";
  std::string_view system = "system";
  std::string_view system_too = {};
  std::string_view role = "role";
  std::string_view role_too = {};
  std::string_view content = "content";
  std::string_view content_too = {};
  bool has_system = true;
  bool has_images = false;
};

constexpr Keys keys_of(InputLayout layout) {
  switch (layout) {
    case InputLayout::contents:
      return {
          .list = "contents", .system = "systemInstruction", .system_too = "system_instruction", .content = "parts"};
    case InputLayout::conversations:
      // ShareGPT has from and value; the same list with role and content is MiniCPM-V's.
      return {.list = "conversations",
              .role = "from",
              .role_too = "role",
              .content = "value",
              .content_too = "content",
              .has_images = true};
    case InputLayout::responses: return {.has_system = false};
    case InputLayout::blocks: return {};
    default: return {.has_images = true};
  }
}

class Translator {
 public:
  Translator(const ViewedLine& line, InputLayout layout, ChatLine& chat)
      : line_(line), layout_(layout), keys_(keys_of(layout)), chat_(chat), out_(line, chat.text, chat.tokens) {}

  tl::expected<void, Fault> run() {
    chat_.origins.list_key = keys_.list;
    const Value root(line_, line_.tokens.first);
    if (auto found = find_fields(root); !found) return found;
    ContentWriter contents(layout_, out_, chat_.origins, listed_);
    out_.open('{');
    root.each_field([&](const Value& key, const Value& value) {
      const JsonString name = key.string();
      if (is(name, keys_.list)) {
        out_.key("messages");
        write_messages(value, contents);
      } else if (!is_consumed(name, value)) {
        out_.copy_field(key, value);
      }
    });
    out_.close('}');
    chat_.drops_keys = contents.drops_keys();
    if (const auto& repeated = contents.repeated())
      return tl::unexpected(
          Fault{FaultCode::duplicate_key, repeated->pointer,
                fmt::format("the key \"{}\" stands twice; parsers disagree which one counts", repeated->key)});
    if (contents.is_full())
      return fault(FaultCode::bad_messages, keys_.list,
                   fmt::format("more than {} messages and parts", example::max_elements));
    if (listed_.wanted != listed_.images.size()) return fault_of_number();
    return {};
  }

 private:
  static bool is(const JsonString& name, std::string_view key) {
    if (key.empty()) return false;
    return name.escaped ? json::equals(name.text, key) : name.text == key;
  }
  tl::unexpected<Fault> fault(FaultCode code, std::string_view key, std::string detail) const {
    return tl::unexpected(Fault{code, key.empty() ? "" : fmt::format("/{}", key), std::move(detail)});
  }

  bool is_system(const JsonString& name) const {
    return keys_.has_system && (is(name, keys_.system) || is(name, keys_.system_too));
  }
  // Gemini's is an object with parts, or with one part alone.
  Value system_parts(const Value& value) const {
    Value parts;
    if (layout_ != InputLayout::contents || value.shape() != Shape::object) return parts;
    value.each_field([&](const Value& key, const Value& field) {
      const Shape shape = field.shape();
      if (key.string().is("parts") && (shape == Shape::array || shape == Shape::object)) parts = field;
    });
    return parts;
  }
  // Neither a string nor parts, and yet not nothing: left where it is, it would be left out of the messages.
  bool is_unreadable_system(const Value& value) const {
    const Shape shape = value.shape();
    if (shape == Shape::array) return layout_ == InputLayout::contents && !is_empty_array(value);
    if (shape != Shape::object || holds_instructions(value)) return false;
    bool holds_any = false;
    value.each_field([&](const Value& key, const Value& field) {
      holds_any |= !field.is_null() && !(layout_ == InputLayout::contents && key.string().is("role"));
    });
    return holds_any;
  }
  bool holds_instructions(const Value& value) const {
    const bool is_list = layout_ != InputLayout::contents && value.shape() == Shape::array && !is_empty_array(value);
    return (value.is_string() && value.text().size() > 2) || is_list || system_parts(value).is_there();
  }
  bool is_images(const JsonString& name) const { return keys_.has_images && (name.is("images") || name.is("image")); }
  // What is written in another place.
  bool is_consumed(const JsonString& name, const Value& value) const {
    return is_images(name) || (is_system(name) && holds_instructions(value));
  }

  tl::expected<void, Fault> find_fields(const Value& root) {
    bool has_list = false;
    std::optional<std::string_view> repeated, unreadable;
    Value images[2];
    root.each_field([&](const Value& key, const Value& value) {
      const JsonString name = key.string();
      if (is(name, keys_.list)) {
        if (std::exchange(has_list, true)) repeated = keys_.list;
      } else if (is_images(name)) {
        Value& known = images[name.is("image")];
        if (known.is_there()) repeated = name.is("image") ? "image" : "images";
        known = value;
      } else if (is_system(name) && holds_instructions(value)) {
        if (system_.is_there()) repeated = keys_.system;
        system_ = value;
        system_key_ = is(name, keys_.system) ? keys_.system : keys_.system_too;
      } else if (is_system(name) && is_unreadable_system(value)) {
        unreadable = is(name, keys_.system) ? keys_.system : keys_.system_too;
      } else if (name.is("messages")) {
        has_messages_too_ = true;
      }
    });
    if (unreadable)
      return fault(FaultCode::bad_content, *unreadable,
                   fmt::format("\"{}\" is neither a text nor parts of the layout {}", *unreadable, name(layout_)));
    if (repeated)
      return fault(FaultCode::duplicate_key, *repeated,
                   fmt::format("the key \"{}\" stands twice; parsers disagree which one counts", *repeated));
    if (!has_list || has_messages_too_)
      return fault(FaultCode::bad_messages, "",
                   fmt::format("the line has {} \"{}\"; it is not in the layout {}",
                               has_list ? "\"messages\" beside" : "no", keys_.list, name(layout_)));
    return list_images(images[0], images[1]);
  }

  static bool is_empty_array(const Value& value) {
    return value.shape() == Shape::array && value.first_token() + 2 == value.after();
  }
  // LLaVA's lines of text alone have an empty image.
  static bool is_nothing(const Value& value) {
    return value.is_null() || (value.is_string() && value.text().size() == 2) || is_empty_array(value);
  }

  tl::expected<void, Fault> list_images(const Value& images, const Value& image) {
    if (!is_nothing(images) && !is_nothing(image))
      return fault(FaultCode::image_count, "image", "the line has both \"image\" and \"images\"");
    listed_.key = is_nothing(images) && image.is_there() ? "image" : "images";
    has_image_key_ = images.is_there() || image.is_there();
    const Value& given = is_nothing(images) ? image : images;
    if (is_nothing(given)) return {};
    listed_.is_list = given.shape() == Shape::array;
    if (!listed_.is_list) {
      listed_.images.push_back(given);
      return {};
    }
    std::optional<std::size_t> empty;
    given.each_element([&](const Value& each) {
      if (is_empty_array(each) && !empty) empty = listed_.images.size();
      listed_.images.push_back(each);
    });
    if (empty)
      return fault(FaultCode::image_count, fmt::format("{}/{}", listed_.key, *empty),
                   "an empty list stands where an image is listed");
    return {};
  }

  tl::unexpected<Fault> fault_of_number() const {
    const bool marks = layout_ != InputLayout::parts;
    return fault(FaultCode::image_count, has_image_key_ ? listed_.key : keys_.list,
                 fmt::format("the messages have {}, and the line lists {}",
                             marks ? counted(listed_.wanted, "<image> mark")
                                   : counted(listed_.wanted, "image part") + " without an image",
                             counted(listed_.images.size(), "image")));
  }

  void write_messages(const Value& list, ContentWriter& contents) {
    if (list.shape() != Shape::array) return out_.copy(list);
    out_.open('[');
    if (system_.is_there()) write_system(contents);
    std::uint32_t index = 0;
    list.each_element([&](const Value& message) {
      if (!contents.is_full()) write_message(message, index, contents);
      ++index;
    });
    out_.close(']');
  }

  void write_system(ContentWriter& contents) {
    const Place place{system_key_};
    chat_.origins.add_message(place, {}, {});
    out_.open('{');
    out_.key("role");
    out_.string("system");
    out_.key("content");
    if (const Value parts = system_parts(system_); parts.is_there())
      contents.write_parts(parts, {system_key_, example::nowhere, "parts"});
    else if (system_.shape() == Shape::array)
      contents.write_parts(system_, place);
    else
      out_.copy(system_);
    out_.close('}');
  }

  void write_message(const Value& message, std::uint32_t index, ContentWriter& contents) {
    chat_.origins.add_message({keys_.list, index}, keys_.role, keys_.content);
    if (message.shape() != Shape::object) return out_.copy(message);
    out_.open('{');
    bool has_role = false, has_content = false;
    const auto note = [&](bool& has_one, std::string_view key) {
      if (std::exchange(has_one, true)) contents.note_repeated({keys_.list, index}, "", key);
    };
    message.each_field([&](const Value& key, const Value& value) {
      const JsonString name = key.string();
      if (is(name, keys_.role) || is(name, keys_.role_too)) {
        note(has_role, is(name, keys_.role) ? keys_.role : keys_.role_too);
        out_.key("role");
        write_role(value);
      } else if (is(name, keys_.content) || is(name, keys_.content_too)) {
        const std::string_view content = is(name, keys_.content) ? keys_.content : keys_.content_too;
        note(has_content, content);
        out_.key("content");
        contents.write(value, {keys_.list, index, content});
      } else {
        // As the chat layout spells what has another key here.
        if (name.is("role")) note(has_role, "role");
        if (name.is("content")) note(has_content, "content");
        out_.copy_field(key, value);
      }
    });
    out_.close('}');
  }

  void write_role(const Value& role) {
    const bool shares = layout_ == InputLayout::conversations;
    if ((shares && role.is_string("gpt")) || ((shares || layout_ == InputLayout::contents) && role.is_string("model")))
      return out_.string("assistant");
    if (shares && role.is_string("human")) return out_.string("user");
    out_.copy(role);
  }

  const ViewedLine& line_;
  InputLayout layout_;
  Keys keys_;
  ChatLine& chat_;
  ChatWriter out_;
  ListedImages listed_;
  Value system_;
  std::string_view system_key_;
  bool has_messages_too_ = false;
  bool has_image_key_ = false;
};

}  // namespace

tl::expected<ChatLine, Fault> to_chat(std::string_view line, const example::Tokens& tokens, InputLayout layout) {
  // Of the limits of parts and of offsets, which are 32 bits wide: a part grows by less than 100 bytes.
  if (line.size() > UINT32_MAX - 100 * example::max_elements)
    return tl::unexpected(Fault{FaultCode::line_too_long, "",
                                fmt::format("{} bytes are too many for a line that must "
                                            "be turned into the chat layout",
                                            line.size())});
  ChatLine chat;
  chat.any_escape = tokens.any_escape;
  constexpr std::size_t usual_growth_bytes = 2048;
  chat.text.reserve(line.size() + usual_growth_bytes + example::line_padding);
  const ViewedLine viewed{line, tokens};
  if (auto translated = Translator(viewed, layout, chat).run(); !translated)
    return tl::unexpected(std::move(translated.error()));
  chat.bytes = chat.text.size();
  // The walk looks one token further.
  chat.tokens.insert(chat.tokens.end(), 2, static_cast<std::uint32_t>(chat.bytes));
  chat.text.append(example::line_padding, '\n');
  return chat;
}

}  // namespace visionshard::layout
