// Finds the images of a block of lines, and looks for faces in each. No threads, and no files except those of
// --image-root and the store.
#pragma once

#include <optional>
#include <vector>

#include "line/line_batch.h"
#include "line/line_context.h"
#include "line/scratch.h"
#include "screen/screen_image.h"

namespace visionshard::screen {

/// What was found in an image's bytes, shared by all places with these bytes.
class SharedScreening final : public engine::ConversionResult {
 public:
  SharedScreening(ImageResult<ScreenedImage>&& image, engine::Budget& budget);

  const ImageResult<ScreenedImage> image;
};

/// An image value of a line.
struct SeenImage {
  std::uint32_t record = 0;
  example::Range value;            // with its quotes
  bool is_url = false;             // not looked at
  std::optional<FaultCode> fault;  // it cannot be looked at
  engine::SharedResult result;     // otherwise
};

class ScreenBatch final : public line::LineBatch {
 public:
  std::vector<SeenImage> images;              // in the order of the lines
  std::vector<std::uint32_t> pending_images;  // for each of Batch::pending

  void clear() override {
    LineBatch::clear();
    images.clear();
    pending_images.clear();
  }
};

struct ScreenContext : line::LineContext {
  DetectionOptions detection;
  const FaceDetector* detector = nullptr;
};

/// Cuts the block into lines and finds their images; those whose bytes are new become pending. Thread-safe for
/// different batches. Fault: the system fails to read a local file or the store. Throws std::bad_alloc, as do the
/// others.
RunResult<void> find_images(ScreenBatch& batch, const ScreenContext& context, line::Scratch& scratch);

/// Looks at a pending image; changes nothing in its batch. Thread-safe. Faults as before.
RunResult<engine::SharedResult> screen_pending(const ScreenBatch& batch, std::size_t index,
                                               const ScreenContext& context);

}  // namespace visionshard::screen
