// The distinct images that a corpus is put together from, as text ready to be written.
#pragma once

#include <array>
#include <atomic>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "generate/recipe.h"
#include "generate/serial_number.h"

namespace visionshard::generate {

struct ImageRef {
  Group group;
  std::uint32_t index;
};

struct BankImage {
  Bytes url;                    // the whole data URL
  std::size_t base64_from = 0;  // offset of the payload in it
  SerialPlace place;            // with numbered images
  Bytes numbered_piece;         // the file's bytes there

  explicit operator bool() const noexcept { return !url.empty(); }
};

class Bank {
 public:
  /// `sizes`: how many images each group has. With `numbered`, each image has room for a serial number.
  Bank(std::uint64_t seed, const std::array<std::uint32_t, group_count>& sizes, bool numbered,
       const PictureSource& source);

  /// Makes those images that are not there yet. Each depends on seed, group and index alone. Where `stop` was set some
  /// may be missing afterwards. Throws std::bad_alloc.
  RunResult<void> make(const std::vector<ImageRef>& wanted, unsigned threads, const std::atomic<bool>& stop);

  const BankImage& at(ImageRef ref) const { return groups_[static_cast<std::size_t>(ref.group)][ref.index]; }
  std::uint32_t size(Group group) const noexcept {
    return static_cast<std::uint32_t>(groups_[static_cast<std::size_t>(group)].size());
  }

 private:
  std::uint64_t seed_;
  bool numbered_;
  const PictureSource& source_;
  std::array<std::vector<BankImage>, group_count> groups_;
};

}  // namespace visionshard::generate
