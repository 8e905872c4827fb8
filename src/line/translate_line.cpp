#include "line/translate_line.h"

#include <fmt/format.h>

#include "example/places.h"

namespace visionshard::line {

tl::expected<void, Fault> translate_line(LineBatch& batch, LineRecord& record, const LineContext& context,
                                         Scratch& scratch) {
  const InputLayout from = context.line.from;
  const InputLayout layout = from == InputLayout::automatic ? layout::layout_of(scratch.spans.layout_signs) : from;
  if (layout == InputLayout::chat) return {};
  const std::string_view line = batch.original_of(record);
  const example::ExampleSpans& spans = scratch.spans;
  if (const std::uint32_t at = spans.lone_surrogate_at; at != example::nowhere)
    return tl::unexpected(Fault{FaultCode::lone_surrogate, example::pointer_at(line, spans, at),
                                example::lone_surrogate_detail(line, at)});
  auto chat = layout::to_chat(line, scratch.parser.tokens(), layout);
  if (!chat) return tl::unexpected(std::move(chat.error()));
  example::read_spans(chat->line(), chat->found_tokens(), scratch.spans);
  chat->tokens = {};
  // A part that the layout does not explain is left as it was; the rules, where there are any, refuse it by its place.
  const InputLayout left = layout::layout_of(spans.layout_signs);
  if (left != InputLayout::chat && (left != layout || !context.limits.example_rules))
    return tl::unexpected(
        Fault{FaultCode::bad_messages, "",
              fmt::format("the line is in the layout {}, and has what belongs to the layout {} as well",
                          layout::name(layout), layout::name(left))});
  record.conversions.add(layout::conversion_of(layout));
  if (chat->drops_keys) record.conversions.add(image::Conversion::unknown_key);
  batch.kept_bytes += chat->text.capacity() + chat->origins.memory_bytes();
  record.with_extras().chat = std::make_unique<layout::ChatLine>(std::move(*chat));
  return {};
}

}  // namespace visionshard::line
