// Writes chat lines in the layouts of local trainers.
#pragma once

#include <visionshard/options.h>

#include <string_view>
#include <vector>

#include "base/result.h"
#include "example/example_spans.h"
#include "example/splice.h"

namespace visionshard::layout {

enum class WrittenForm : std::uint8_t {
  chat,   // as it is
  marks,  // contents are strings with <image>; "images" beside the messages
  parts,  // contents are lists, of {"type":"image"} for one; likewise
};

/// The form of lines in `layout`.
constexpr WrittenForm written_form(OutputLayout layout, ImagePlace images) noexcept {
  switch (layout) {
    case OutputLayout::chat: break;
    // LLaMA-Factory, data/README.md: contents are strings, one <image> for each of "images".
    case OutputLayout::llamafactory: return WrittenForm::marks;
    // ms-swift, Customization/Custom-dataset.md: OpenAI's parts with data URLs, or marks with paths in "images".
    case OutputLayout::swift: return images == ImagePlace::files ? WrittenForm::marks : WrittenForm::chat;
    // TRL, "Dataset formats", vision: every content is a list, and {"type":"image"} stands for the next of "images".
    case OutputLayout::trl: return WrittenForm::parts;
  }
  return WrittenForm::chat;
}

/// The text that stands for an image among the parts, where the form is not chat.
std::string_view image_stand_in(WrittenForm form) noexcept;

/// Why a valid line cannot be written in the form: bad_messages, bad_part, duplicate_key or image_count. Throws
/// std::bad_alloc.
tl::expected<void, Fault> check_form(std::string_view line, const example::ExampleSpans& spans, WrittenForm form);

/// Neighboring images between two texts that would make a mark of their own without all of these.
struct MarkWithoutImages {
  example::Range between;  // from the end of the first text's part to the beginning of the last one's
  std::uint32_t images = 0;
};

/// All in a line that check_form() has passed. Throws std::bad_alloc.
std::vector<MarkWithoutImages> marks_without_images(std::string_view line, const example::ExampleSpans& spans);

/// A key "images" of the line that lists nothing, and one comma beside it; empty where there is none. Of a line that
/// check_form() has passed.
example::Range empty_images(std::string_view line, const example::ExampleSpans& spans);

/// Appends the edits for all but the images themselves, which keep their parts' ranges.
void add_form_edits(const example::ExampleSpans& spans, WrittenForm form, std::vector<example::Edit>& edits);

}  // namespace visionshard::layout
