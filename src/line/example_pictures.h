// The pictures of examples, for near-duplicates.
#pragma once

#include "line/line_batch.h"

namespace visionshard::line {

/// Sets the pictures of all written lines of the batch, whose images were hashed.
void add_pictures(LineBatch& batch);

}  // namespace visionshard::line
