// The input of the codec self-test.
#pragma once

#include <vector>

#include "base/bytes.h"

namespace visionshard::image {

struct SelfTestPicture {
  Bytes file;
  bool shrinks = false;  // it is also shrunk and reduced, which takes ten times as long as converting it
};

/// Small image files in every format and mode that can be read, but for HEIC, AVIF and JPEG XL. Those that our encoders
/// do not write are built in or put together with integer arithmetic, so that all machines have the same. Throws
/// std::bad_alloc.
std::vector<SelfTestPicture> self_test_pictures();

/// Its decoder computes in floating point, by processor. Throws std::bad_alloc.
Bytes jpeg_xl_picture();

}  // namespace visionshard::image
