// Selects the images that a run's report shows: the first of each kind. During the run only their places are noted; the
// pictures are made afterwards from these places, in a small share of the run's time.
#pragma once

#include <visionshard/gallery.h>
#include <visionshard/report.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "engine/conversion_cache.h"
#include "image/conversion.h"
#include "line/line_batch.h"
#include "line/line_context.h"
#include "report/painter.h"

namespace visionshard::report {

/// Not thread-safe: lines are noted in their order.
class Gallery {
 public:
  /// A gallery that notes nothing.
  Gallery() = default;
  /// Of shards in `directory`. `sources`: the inputs; `budget` outlives the gallery.
  Gallery(std::string directory, const std::vector<std::string>& sources, engine::Budget& budget);
  ~Gallery();
  Gallery(Gallery&& other) noexcept;
  Gallery& operator=(Gallery&& other) noexcept;

  /// Whether an image that was converted, or the line of a fault, is to be noted.
  bool wants(const line::ImageTask& task) const noexcept;
  bool wants(const Fault& fault) const noexcept;

  /// Notes a wanted image of a written line, which starts at `offset` of `shard`; `entry` has its place in the input.
  void note_written(const line::LineBatch& batch, const line::LineRecord& record, const line::ImageTask& task,
                    const std::string& shard, std::uint64_t offset, GalleryEntry entry);
  /// Notes a rejected line whose fault is wanted.
  void note_rejected(const line::LineBatch& batch, const line::LineRecord& record, GalleryEntry entry);

  /// The entries in input order, with the pictures that can be made in the processor time `allowed`, which at most
  /// `threads` threads share. Throws std::bad_alloc.
  std::vector<GalleryEntry> render(const line::LineContext& context, std::chrono::nanoseconds allowed,
                                   unsigned threads) const;

 private:
  struct Noted {
    GalleryEntry entry;
    unsigned rank = 0;  // among those of its kind, from 0
    engine::ImageKey key;
    TextPlace before, after;
  };

  unsigned rank_of(const line::ConvertedImage& image) const noexcept;
  TextPlace place_of(const line::LineBatch& batch, const line::LineRecord& record, std::uint32_t begin,
                     std::uint32_t end);

  std::string directory_;
  std::vector<std::string> paths_;  // of the inputs; empty where one cannot be read again
  engine::Budget* budget_ = nullptr;
  std::uint64_t kept_bytes_ = 0;
  std::vector<Noted> noted_;
  std::array<unsigned, image::conversion_count> converted_{};
  std::array<unsigned, fault_code_count> rejected_{};
  unsigned shrunk_ = 0;
};

}  // namespace visionshard::report
