// One image value of a line, from its place in the line to the text that replaces it.
#pragma once

#include <visionshard/image_statistics.h>
#include <visionshard/options.h>
#include <visionshard/report.h>
#include <visionshard/tokens.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/xxh128.h"
#include "engine/conversion_cache.h"
#include "example/example_spans.h"
#include "example/rules.h"
#include "example/splice.h"
#include "image/conversion.h"
#include "near_duplicates/pdq.h"

namespace visionshard::line {

enum class ImageOutcome : std::uint8_t { kept, relabelled, converted, shrunk, dropped, pending, refused };

/// An image with fewer pixels or less quality than it came with.
struct Reduced {
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  ImageTokens tokens_before;
  ImageTokens tokens_after;
};

/// The result of converting an image's bytes, shared by all lines with these bytes. Immutable once shared.
struct ConvertedImage {
  struct Level {
    std::uint64_t chars;  // of the value
    ImageSize size;
  };

  Bytes text;  // the value's new inside: "data:image/png;base64,..."
  image::Conversions conversions;
  bool shrunk = false;
  bool unchanged = false;  // the image's bytes are those of the input
  unsigned tries = 0;
  double psnr_db = 0;
  ImageFacts facts;
  std::optional<Reduced> reduced;           // where its size or quality was reduced
  std::vector<Level> levels;                // at each of LineContext::levels; no text then
  Xxh128::Digest digest{};                  // with KeyKind::images
  bool only_hashed = false;                 // it is as its task says already; there is no text
  std::optional<near_duplicates::Pdq> pdq;  // of the input's bytes, with LineContext::hash_pictures
  std::optional<ImageFault> fault;          // where it cannot be converted; the rest is then unset
};

/// An image that is written as a file.
struct ImageFile {
  std::string path;                    // in the output directory
  std::string_view base64;             // what is written there
  std::shared_ptr<const void> holder;  // of that text, where it is neither the line's nor the converted image's
};

/// One image value of a line that may still be written.
struct ImageTask {
  ImageOutcome outcome = ImageOutcome::kept;
  bool string_form = false;               // "image_url": U
  Exclusion exclusion = Exclusion::none;  // refused, since a list names it
  image::Conversions conversions;
  example::Range value;  // the URL with its quotes
  example::Branch branch = example::Branch::messages;
  std::uint32_t message = 0;   // in the array of messages
  std::uint32_t index = 0;     // of the part in its content array
  std::uint32_t siblings = 0;  // parts in that array
  example::Range part;
  std::uint32_t previous_end = 0;   // of the part before, where there is one
  std::uint32_t next_begin = 0;     // of the part after, where there is one
  example::Edit edit;               // none where its text is empty
  example::Edit detail;             // likewise
  std::unique_ptr<ImageFile> file;  // with ImagePlace::files
  std::unique_ptr<Fault> fault;
  std::uint64_t need_bytes = 0, max_need_bytes = 0;   // pending: of PendingImage
  engine::ImageKey key;                               // pending: of the image's bytes
  ImageDetail model_detail = ImageDetail::automatic;  // how closely the model looks at it
  ImageFacts facts_before, facts_after;               // of an image that was examined, not a URL
  std::uint32_t tokens_before = 0, tokens_after = 0;  // ImageTokens::tiles
  std::shared_ptr<const ConvertedImage> converted;    // where it was converted
  std::unique_ptr<const Xxh128::Digest> digest;       // of the input's bytes, with KeyKind::images or hash_pictures
  std::unique_ptr<const near_duplicates::Pdq> pdq;    // with hash_pictures, where it could be decoded
};

/// The task for the content part `ref` of `spans`. `detail` is the option for the part's "detail".
ImageTask task_of(const example::ExampleSpans& spans, example::ImageRef ref, DetailOption detail);

/// JSON pointer to the task's part.
std::string pointer_to(const ImageTask& task);

/// The tokens that the image takes of a model that counts tiles.
std::uint32_t tile_tokens(ImageSize size, ImageDetail detail) noexcept;

/// At least so many does an image take that is not here to be measured.
inline constexpr std::uint64_t tokens_of_image_by_url = 85;

/// Gives the task a fault.
void refuse(ImageTask& task, ImageFault&& fault);

/// Plans to replace the text between the value's quotes by `text`, which `owner` keeps alive.
void replace_value(ImageTask& task, ByteView text, std::shared_ptr<const void> owner);

/// A result to be shared by all lines with its image, charged to `budget`.
engine::SharedResult shared_result(ConvertedImage&& image, engine::Budget& budget);

/// Applies the result of its conversion to a task of `line`: a fault, or the new value. Thread-safe for different
/// tasks.
void apply_result(ImageTask& task, std::string_view line, const engine::SharedResult& result);

}  // namespace visionshard::line
