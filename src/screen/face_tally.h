// Gathers what was found in the blocks of a run, in input order.
#pragma once

#include <cstring>
#include <unordered_map>

#include "screen/screen.h"
#include "screen/screen_lines.h"

namespace visionshard::screen {

/// Not thread-safe.
class FaceTally {
 public:
  /// The images with faces may take a quarter of the budget, and are charged to it.
  FaceTally(std::vector<std::string> sources, engine::Budget& budget);
  ~FaceTally() { budget_.release_image(held_bytes_); }
  FaceTally(const FaceTally&) = delete;
  FaceTally& operator=(const FaceTally&) = delete;

  /// Fault: the images with faces take more memory than they may.
  RunResult<void> add(const ScreenBatch& batch);

  const ScreenReport& report() const noexcept { return report_; }
  std::uint64_t text_bytes() const noexcept { return text_bytes_; }
  ScreenReport take_report() { return std::move(report_); }

 private:
  struct DigestHash {
    std::size_t operator()(const Sha256::Digest& digest) const noexcept {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };

  RunResult<void> add_image(const ScreenedImage& image, Place place);
  RunResult<void> hold(std::uint64_t bytes);

  engine::Budget& budget_;
  std::uint64_t max_bytes_;
  std::uint64_t held_bytes_ = 0;
  std::uint64_t text_bytes_ = 0;
  std::vector<std::uint64_t> file_lines_;
  std::unordered_map<Sha256::Digest, std::size_t, DigestHash> index_;  // into ScreenReport::images
  ScreenReport report_;
};

}  // namespace visionshard::screen
