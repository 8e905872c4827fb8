// One line through the translation of layouts, forced and detected, and what is written for local trainers.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../support/json_oracle.h"
#include "example/parse.h"
#include "layout/translate.h"
#include "layout/written_form.h"

namespace {

using namespace visionshard;

void fail(const char* what, std::string_view line) {
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(line.size()), line.data());
  std::abort();
}

std::string padded(std::string_view line) {
  std::string text(line);
  text.append(example::line_padding, '\n');
  return text;
}

// The tokens that were written with the line are those that a search finds.
void compare_tokens(const layout::ChatLine& chat, example::LineParser& parser, example::ExampleSpans& spans) {
  const std::string text = padded(chat.line());
  if (!test::json_valid(chat.line()) || !parser.parse(std::string_view(text).substr(0, chat.bytes), spans))
    fail("no JSON", chat.line());
  const example::Tokens found = parser.tokens();
  for (std::size_t i = 0; i + 2 < chat.tokens.size(); ++i)
    if (found.first[i] - found.origin != chat.tokens[i]) fail("another token", chat.line());
}

void write_form(std::string_view line, const example::ExampleSpans& spans, layout::WrittenForm form) {
  if (spans.messages_shape != example::Shape::array || !layout::check_form(line, spans, form)) return;
  std::vector<example::Edit> edits;
  layout::add_form_edits(spans, form, edits);
  for (const example::Part& part : spans.parts)
    if (part.is_image())
      edits.push_back({part.range.begin, part.range.end, as_bytes(layout::image_stand_in(form)), {}});
  example::sort_edits(edits);
  std::vector<iovec> pieces;
  example::append_pieces(line, edits, pieces);
  std::string out;
  for (const iovec& piece : pieces) out.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  if (!test::json_valid(out)) fail("no JSON is written", out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view line(reinterpret_cast<const char*>(data) + 1, size - 1);
  line = line.substr(0, line.find('\n'));
  const std::string text = padded(line);
  line = std::string_view(text).substr(0, line.size());
  example::LineParser parser, other_parser;
  example::ExampleSpans spans;
  if (!parser.parse(line, spans)) return 0;
  const auto forced = static_cast<InputLayout>(2 + data[0] % 6);
  const InputLayout layout = data[0] & 64 ? layout::layout_of(spans.layout_signs) : forced;
  if (layout == InputLayout::chat) {
    if (spans.duplicate_messages_at == example::nowhere && spans.cut_off_at == example::nowhere)
      write_form(line, spans, data[0] & 128 ? layout::WrittenForm::marks : layout::WrittenForm::parts);
    return 0;
  }
  auto chat = layout::to_chat(line, parser.tokens(), layout);
  if (!chat) {
    if (chat.error().detail.empty()) fail("a fault without a sentence", line);
    return 0;
  }
  example::ExampleSpans found;
  compare_tokens(*chat, other_parser, found);
  example::read_spans(chat->line(), chat->found_tokens(), spans);
  if (spans.messages.size() != found.messages.size() || spans.parts.size() != found.parts.size())
    fail("the spans differ", chat->line());
  for (const example::Message& message : spans.messages)
    for (const char* const leaf : {"", "/role", "/content", "/content/0", "/content/7/text"})
      chat->origins.original_pointer("/messages/" + std::to_string(message.index) + leaf);
  return 0;
}
