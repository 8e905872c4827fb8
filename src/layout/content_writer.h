// Writes the contents of messages of any layout as contents of the chat layout.
#pragma once

#include <visionshard/options.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layout/chat_writer.h"
#include "layout/origins.h"

namespace visionshard::layout {

/// The images beside the messages, in order, and how many of them were asked for.
struct ListedImages {
  std::string_view key = "images";
  bool is_list = true;
  std::vector<Value> images;
  std::size_t wanted = 0;  // marks, or parts without an image
};

/// A key that stands twice where an image or its text is looked for.
struct RepeatedKey {
  std::string pointer;  // into the original line
  std::string key;
};

class ContentWriter {
 public:
  ContentWriter(InputLayout layout, ChatWriter& out, Origins& origins, ListedImages& listed)
      : layout_(layout), out_(out), origins_(origins), listed_(listed) {}

  /// Writes `content`, which stands at `place` of the original line.
  void write(const Value& content, const Place& place);
  /// Writes the parts of Gemini's content or instruction, or one part, as a list.
  void write_parts(const Value& parts, const Place& place);

  /// The first such key; parsers disagree which one counts.
  const std::optional<RepeatedKey>& repeated() const noexcept { return repeated_; }
  void note_repeated(const Place& place, std::string_view inner, std::string_view key);

  /// Whether keys of parts were left out.
  bool drops_keys() const noexcept { return drops_keys_; }
  /// Whether there are more parts than an example may have; the rest is not written.
  bool is_full() const noexcept { return origins_.elements() > example::max_elements; }

 private:
  template <std::size_t... Sizes>
  auto fields(const Value& object, const Place& place, std::string_view inner, bool& has_others,
              const char (&... names)[Sizes]);
  void write_part(const Value& part, const Place& place);
  void write_typed_part(const Value& part, const Value& type, const Place& place);
  void write_gemini_part(const Value& part, const Place& place);
  void write_source_part(const Value& part, const Place& place);
  void write_image_part(const Value& part, const Place& place);
  void write_input_image(const Value& part, const Place& place);
  bool has_mark(const Value& text) const;
  void write_marked(const Value& text, const Place& place);
  void write_listed();
  void write_listed_image(const Value& image, const Place& place, std::string_view inner = {});

  void copy_part(const Value& part, const Place& place);
  void write_text(std::string_view inside, const Place& place);
  template <class WriteUrl>
  void write_image(const Place& place, const Value& detail, WriteUrl&& write_url);
  void write_image_url(const Value& url, const Place& place, const Value& detail = {});
  void write_image_data(std::string_view media_type, std::string_view data, const Place& place,
                        const Value& detail = {});

  InputLayout layout_;
  ChatWriter& out_;
  Origins& origins_;
  ListedImages& listed_;
  bool drops_keys_ = false;
  std::optional<RepeatedKey> repeated_;
};

}  // namespace visionshard::layout
