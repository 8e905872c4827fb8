// One image value of a line on its way through the pipeline.
#pragma once

#include <visionshard/options.h>

#include <string_view>

#include "engine/conversion_cache.h"
#include "example/rules.h"
#include "line/batch.h"

namespace visionshard::pipeline {

/// The task for a part as the spans has it. `detail` is what the part is to say of itself.
ImageTask task_of(const example::ExampleSpans& spans, example::ImageRef ref, DetailOption detail);

/// JSON pointer to the task's part.
std::string pointer_to(const ImageTask& task);

/// What the image costs a model that counts tiles.
std::uint32_t tile_tokens(const ImageFacts& image, ImageDetail sees) noexcept;

void refuse(ImageTask& task, ImageFault&& fault);

/// `text` is to take the place of the inside of the task's value; `owner` keeps it alive.
void replace_value(ImageTask& task, ByteView text, std::shared_ptr<const void> owner);

/// The task's image, in `line`, has become what `converted`, which is no fault, says.
void apply_conversion(ImageTask& task, std::string_view line, const SharedConversion& converted);

/// Gives a pending image its result. Different images may be settled at once.
void apply_result(ImageWork work, const SharedConversion& converted);

}  // namespace visionshard::pipeline
