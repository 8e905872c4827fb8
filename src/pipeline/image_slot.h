// One image value of a line on its way through the pipeline.
#pragma once

#include <visionshard/options.h>

#include <string_view>

#include "example/rules.h"
#include "pipeline/batch.h"
#include "pipeline/conversion_cache.h"

namespace visionshard::pipeline {

/// The slot for a part as the outline has it. `detail` is what the part is to say of itself.
ImageSlot slot_of(const example::Outline& outline, example::ImageRef ref, DetailOption detail);

/// JSON pointer to the slot's part.
std::string pointer_to(const ImageSlot& slot);

/// What the image costs a model that counts tiles.
std::uint32_t tile_tokens(const ImageFacts& image, ImageDetail sees) noexcept;

void refuse(ImageSlot& slot, ImageFault&& fault);

/// `text` is to take the place of the inside of the slot's value; `owner` keeps it alive.
void replace_value(ImageSlot& slot, ByteView text, std::shared_ptr<const void> owner);

/// The slot's image, in `line`, has become what `converted`, which is no fault, says.
void take_over(ImageSlot& slot, std::string_view line, const SharedConversion& converted);

/// Gives a pending image its result. Different images may be settled at once.
void settle_image(ImageWork work, const SharedConversion& converted);

}  // namespace visionshard::pipeline
