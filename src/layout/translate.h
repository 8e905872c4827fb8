// Turns a line of another layout into the chat layout, from spans of its own bytes: text keeps its escapes, payloads
// their base64.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "example/token_finder.h"
#include "layout/detect.h"
#include "layout/origins.h"

namespace visionshard::layout {

struct ChatLine {
  std::string text;       // with line_padding bytes after it
  std::size_t bytes = 0;  // of the line in it
  std::vector<std::uint32_t> tokens;
  bool any_escape = false;
  bool drops_keys = false;  // of parts
  Origins origins;

  std::string_view line() const noexcept { return std::string_view(text).substr(0, bytes); }
  example::Tokens found_tokens() const noexcept { return {tokens.data(), 0, any_escape}; }
};

/// The chat line for `line`, a valid JSON object with these tokens, by the rules of `layout`, which is neither chat nor
/// automatic. Faults, with pointers into `line`: bad_messages, duplicate_key, image_count. Throws std::bad_alloc.
tl::expected<ChatLine, Fault> to_chat(std::string_view line, const example::Tokens& tokens, InputLayout layout);

}  // namespace visionshard::layout
