// One image value of a line on its way to what is written.
#pragma once

#include <visionshard/image_statistics.h>
#include <visionshard/options.h>
#include <visionshard/tokens.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/conversion_cache.h"
#include "example/example_spans.h"
#include "example/rules.h"
#include "example/splice.h"
#include "image/conversion.h"

namespace visionshard::line {

enum class ImageOutcome : std::uint8_t { kept, relabelled, converted, shrunk, dropped, pending, refused };

/// An image with fewer pixels or less quality than it came with.
struct Reduced {
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  ImageTokens tokens_before;
  ImageTokens tokens_after;
};

/// What became of an image's bytes, whichever lines they stand on. Immutable once shared.
struct ConvertedImage {
  Bytes text;  // the value's new inside: "data:image/png;base64,..."
  image::Conversions conversions;
  bool shrunk = false;
  bool unchanged = false;  // the image's bytes are those that came
  unsigned tries = 0;
  double psnr_db = 0;
  ImageFacts became;
  std::optional<Reduced> reduced;          // where it was
  std::vector<std::uint64_t> level_chars;  // with LineContext::levels: the value's length at each; no text then
  std::optional<ImageFault> fault;         // where it cannot be converted; nothing else counts then
};

/// One image value of a line that may still be written.
struct ImageTask {
  ImageOutcome outcome = ImageOutcome::kept;
  bool string_form = false;  // "image_url": U
  image::Conversions conversions;
  example::Range value;        // the URL with its quotes
  std::uint32_t message = 0;   // for the pointer
  std::uint32_t index = 0;     // of the part in its content array
  std::uint32_t siblings = 0;  // parts in that array
  example::Range part;
  std::uint32_t previous_end = 0;  // of the part before, where there is one
  std::uint32_t next_begin = 0;    // of the part after, where there is one
  example::Edit edit;              // none where its text is empty
  example::Edit detail;            // likewise
  std::unique_ptr<Fault> fault;
  std::uint64_t need_bytes = 0;                      // pending: memory to carry the plan out
  engine::ImageKey key;                              // pending: of the image as it came
  ImageDetail sees = ImageDetail::automatic;         // what the model looks at
  ImageFacts came, became;                           // of an image that was looked at
  std::uint32_t tokens_came = 0, tokens_became = 0;  // ImageTokens::tiles
  std::shared_ptr<const ConvertedImage> converted;   // where it has been
};

/// The task for a part as `spans` has it. `detail` is what the part is to say of itself.
ImageTask task_of(const example::ExampleSpans& spans, example::ImageRef ref, DetailOption detail);

/// JSON pointer to the task's part.
std::string pointer_to(const ImageTask& task);

/// What the image costs a model that counts tiles.
std::uint32_t tile_tokens(const ImageFacts& image, ImageDetail sees) noexcept;

void refuse(ImageTask& task, ImageFault&& fault);

/// `text` is to take the place of the inside of the task's value; `owner` keeps it alive.
void replace_value(ImageTask& task, ByteView text, std::shared_ptr<const void> owner);

/// The memory of a result, shared by all lines on which its image stands.
engine::SharedResult shared_result(ConvertedImage&& image, engine::Budget& budget);

/// Gives a task of `line` what became of its image: a fault, or its new value. Thread-safe for different tasks.
void apply_result(ImageTask& task, std::string_view line, const engine::SharedResult& result);

}  // namespace visionshard::line
