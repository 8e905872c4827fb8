// Makes the small pictures of a report from places in files, as long as there is time.
#pragma once

#include <visionshard/gallery.h>

#include <atomic>
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

/// Processor time that all painters share. Thread-safe.
class Allowance {
 public:
  explicit Allowance(std::chrono::nanoseconds allowed) noexcept : left_(allowed.count()) {}
  std::chrono::nanoseconds left() const noexcept { return std::chrono::nanoseconds(left_.load()); }
  void spend(std::chrono::nanoseconds time) noexcept { left_ -= time.count(); }

 private:
  std::atomic<std::chrono::nanoseconds::rep> left_;
};

/// Makes the pictures of one entry, and belongs to one thread. All functions leave a picture without a thumbnail where
/// it cannot be made, or not in the time that is left, and throw std::bad_alloc.
class Painter {
 public:
  /// A picture may take `max_bytes` of memory. `context` and `allowance` must outlive the painter.
  Painter(const line::LineContext& context, std::uint64_t max_bytes, Allowance& allowance);
  Painter(const Painter&) = delete;
  Painter& operator=(const Painter&) = delete;
  ~Painter();

  /// Of an image value; `place` excludes its quotes.
  void paint(const TextPlace& place, SamplePicture& picture);
  /// The same of its text.
  void paint(std::string_view value, SamplePicture& picture);
  /// Of the image for which a line was rejected.
  void paint_rejected(const TextPlace& place, std::string_view pointer, SamplePicture& picture);

 private:
  std::chrono::nanoseconds spent() const noexcept;
  bool has_time_for(std::chrono::nanoseconds cost) const noexcept;

  const line::LineContext& context_;
  std::uint64_t max_bytes_;
  Allowance& allowance_;
  const std::chrono::nanoseconds begin_;
};

}  // namespace visionshard::report
