// Makes the small pictures of a report from places in files, as long as there is time.
#pragma once

#include <visionshard/gallery.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "line/line_context.h"

namespace visionshard::report {

/// The place of a text in a file, or the text itself where the file cannot be read again.
struct TextPlace {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::string kept;
};

/// Not thread-safe. All functions leave a picture without a thumbnail where it cannot be made, or not in the time, and
/// throw std::bad_alloc.
class Painter {
 public:
  /// `allowed`: of this thread's processor time. `context` must outlive the painter.
  Painter(const line::LineContext& context, std::chrono::nanoseconds allowed);

  /// Of an image value; `place` excludes its quotes.
  void paint(const TextPlace& place, SamplePicture& picture);
  /// The same of its text.
  void paint(std::string_view value, SamplePicture& picture);
  /// Of the image for which a line was rejected.
  void paint_rejected(const TextPlace& place, std::string_view pointer, SamplePicture& picture);

 private:
  bool has_time_for(std::chrono::nanoseconds cost) const;

  const line::LineContext& context_;
  std::uint64_t max_bytes_;
  std::chrono::nanoseconds end_;
};

}  // namespace visionshard::report
