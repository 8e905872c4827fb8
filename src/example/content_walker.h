// The content of a message: a string, or parts with their images.
#pragma once

#include "example/hidden_image.h"
#include "example/json_walker.h"

namespace visionshard::example {

class ContentWalker : public JsonWalker {
 protected:
  ContentWalker(std::string_view line, const Tokens& tokens, ExampleSpans& spans)
      : JsonWalker(line, tokens), spans_(spans) {}

  bool walk_content(Message& message);
  // Whether no more than the `elements` that `spans` lists may be listed.
  bool is_full(std::size_t elements);
  // Keeps the first hidden image.
  void note_hidden(HiddenImage kind, std::uint32_t at) noexcept;

  ExampleSpans& spans_;

 private:
  // A value that a model reads as text, where it is a string.
  bool walk_text(Shape& shape, Range& range, unsigned depth);
  bool walk_part(std::uint32_t index);
  bool walk_image_url(Part& part);
};

}  // namespace visionshard::example
