// Which images of a run are shown in its report: the first of each kind, whichever thread gets to it, and a few more as
// long as they cost next to nothing.
#pragma once

#include <visionshard/fault.h>
#include <visionshard/gallery.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string_view>

#include "image/conversion.h"
#include "image/fit.h"

namespace visionshard::pipeline {

struct LineContext;

/// Thread-safe.
class Gallery {
 public:
  /// `memory_bytes`: of the run's budget.
  explicit Gallery(std::uint64_t memory_bytes);

  /// A sample of a conversion that is done, with `reserved_bytes` of memory to work in; nothing where enough are shown
  /// already. `before` and `info` are the image as it came, `after` describes what it became. Throws std::bad_alloc.
  std::shared_ptr<const ImageSample> add_fitted(ByteView before, const codec::ImageInfo& info,
                                                const image::Fitted& fitted, const codec::ImageInfo& after,
                                                std::uint64_t reserved_bytes);

  /// A sample of a rejected line: the image that the fault points at; nothing where it cannot be shown, or of the
  /// reason enough were looked at. `line` has example::line_padding behind it. Throws std::bad_alloc.
  std::shared_ptr<const ImageSample> add_rejected(std::string_view line, const Fault& fault,
                                                  const LineContext& context);

 private:
  class Spent;
  using Count = std::atomic<unsigned>;

  bool takes(Count& count, unsigned most) noexcept;
  bool takes_fitted(const image::Fitted& fitted) noexcept;
  SamplePicture picture_of(ByteView bytes, const codec::ImageInfo& info, std::uint64_t reserved_bytes);
  SamplePicture rejected_picture(std::string_view line, const Fault& fault, const LineContext& context);

  // What a thumbnail may take though nothing is reserved for it, as for a rejected line's image.
  std::uint64_t most_unreserved_bytes_;
  std::array<Count, image::conversion_count> converted_{};
  std::array<Count, fault_code_count> rejected_{};
  Count shrunk_{0};
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::atomic<std::int64_t> spent_nanoseconds_{0};
  std::mutex unreserved_;  // one picture at a time works in memory that nobody reserved
};

}  // namespace visionshard::pipeline
