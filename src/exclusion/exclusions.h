// What the lists of --exclude name, in sorted arrays: 16 bytes an entry.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/keep_running.h"
#include "base/result.h"
#include "exclusion/exclusion_entry.h"

namespace visionshard::exclusion {

/// Immutable once it is read; thread-safe then.
class Exclusions {
 public:
  /// Whether anything needs the SHA-256 of images, or of lines.
  bool name_images() const noexcept { return !images_.empty(); }
  bool name_examples() const noexcept { return !examples_.empty(); }

  bool has_image(const Key& digest) const noexcept { return contains(images_, digest); }
  bool has_example(const Key& digest) const noexcept { return contains(examples_, digest); }
  /// Exclusion::url, Exclusion::host or Exclusion::none; `url` is the value, without blanks around it.
  Exclusion of_url(std::string_view url) const;
  /// The line that begins at `offset` of the text of input `file`.
  bool has_place(std::uint64_t file, std::uint64_t offset) const noexcept {
    return !places_.empty() && contains(places_, Key{file, offset});
  }

  /// Entries that name a file which is no input.
  std::uint64_t foreign_places() const noexcept { return foreign_places_; }

  /// All entries as one text for machines, and back. Fault: `text` is none.
  std::string serialized() const;
  static RunResult<Exclusions> deserialized(std::string_view text);

 private:
  friend class ListReader;
  using Keys = std::vector<Key>;

  static bool contains(const Keys& keys, const Key& key) noexcept { return std::ranges::binary_search(keys, key); }
  std::array<Keys*, 5> all() noexcept { return {&images_, &examples_, &urls_, &hosts_, &places_}; }
  std::array<const Keys*, 5> all() const noexcept { return {&images_, &examples_, &urls_, &hosts_, &places_}; }

  Keys images_, examples_, urls_, hosts_;
  Keys places_;  // file and offset
  std::uint64_t foreign_places_ = 0;
};

/// The share of a run's memory that lists may take.
constexpr std::uint64_t max_list_bytes(std::uint64_t memory_bytes) noexcept { return memory_bytes / 4; }

/// Reads the lists, sets their digests, and finds where the lines that they name begin, for which it reads those of the
/// `sources` up to there. Entries may take `max_bytes` of memory. Faults, with RunStatus::refused: an entry of no known
/// kind, with its list and line; a line of a source that cannot be read twice; too many entries. Also: a file cannot be
/// read, or `keep_running` returned false.
RunResult<std::shared_ptr<const Exclusions>> read_lists(std::vector<ExclusionList>& lists,
                                                        const std::vector<std::string>& sources,
                                                        std::uint64_t max_line_bytes, std::uint64_t max_bytes,
                                                        const KeepRunning& keep_running);

}  // namespace visionshard::exclusion
