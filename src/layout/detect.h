// Tells the layout of a line by its keys.
#pragma once

#include <visionshard/options.h>

#include <span>
#include <string_view>

#include "example/example_spans.h"
#include "image/conversion.h"

namespace visionshard::layout {

/// The layout of a line with these signs, or chat. At most one layout has them.
InputLayout layout_of(std::uint16_t layout_signs) noexcept;

/// One row of the table that layout_of() reads.
struct LayoutRow {
  InputLayout layout;
  std::uint16_t required;   // all of them
  std::uint16_t forbidden;  // none of them
};
std::span<const LayoutRow> layout_rows() noexcept;

/// "conversations" and so on.
std::string_view name(InputLayout layout) noexcept;

/// The conversion under which lines of `layout`, which is neither chat nor automatic, are counted.
image::Conversion conversion_of(InputLayout layout) noexcept;

}  // namespace visionshard::layout
