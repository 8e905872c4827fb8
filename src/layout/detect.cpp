#include "layout/detect.h"

#include "base/option_words.h"

namespace visionshard::layout {

// Each layout as its project documents it. Where a line has the signs of two, none is chosen: nothing is guessed.
std::span<const LayoutRow> layout_rows() noexcept {
  using namespace example::layout_sign;
  static constexpr LayoutRow rows[] = {
      // Gemini API, "Generating content", Content and Part; Vertex AI, "Prepare supervised fine-tuning data".
      {InputLayout::contents, contents, messages | conversations},
      // LLaVA, docs/Finetune_Custom_Data.md; LLaMA-Factory, data/README.md, "Sharegpt Format".
      {InputLayout::conversations, conversations, messages | contents},
      // OpenAI API reference, "Create a model response", input: input_text, input_image, output_text.
      {InputLayout::responses, messages | input_part, contents | conversations | sourced_image | image_part | mark},
      // Anthropic API reference, "Messages": image blocks have a source; system stands beside the messages.
      {InputLayout::blocks, messages | sourced_image, contents | conversations | input_part | image_part | mark},
      {InputLayout::blocks, messages | system,
       contents | conversations | input_part | sourced_image | image_part | chat_image | images | mark},
      // LLaMA-Factory, data/README.md, "OpenAI Format" with an images column; ms-swift,
      // Customization/Custom-dataset.md.
      {InputLayout::marked, messages | image_key | mark,
       contents | conversations | input_part | sourced_image | image_part},
      {InputLayout::marked, messages | images,
       contents | conversations | input_part | sourced_image | image_part | chat_image},
      // TRL, "Dataset formats", vision datasets; Axolotl, docs/multimodal.qmd, "Dataset Format".
      {InputLayout::parts, messages | image_part, contents | conversations | input_part | sourced_image},
  };
  return rows;
}

InputLayout layout_of(std::uint16_t layout_signs) noexcept {
  for (const LayoutRow& row : layout_rows())
    if ((layout_signs & row.required) == row.required && (layout_signs & row.forbidden) == 0) return row.layout;
  return InputLayout::chat;
}

std::string_view name(InputLayout layout) noexcept { return word_for(words_of(layout), layout); }

image::Conversion conversion_of(InputLayout layout) noexcept {
  switch (layout) {
    case InputLayout::responses: return image::Conversion::layout_responses;
    case InputLayout::blocks: return image::Conversion::layout_blocks;
    case InputLayout::contents: return image::Conversion::layout_contents;
    case InputLayout::conversations: return image::Conversion::layout_conversations;
    case InputLayout::marked: return image::Conversion::layout_marked;
    default: return image::Conversion::layout_parts;
  }
}

}  // namespace visionshard::layout
