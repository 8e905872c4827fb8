// What a part of a corpus says of its lines, for whoever puts parts together.
#pragma once

#include <visionshard/options.h>
#include <visionshard/report.h>

#include <array>
#include <compare>
#include <cstdint>
#include <map>

#include "base/external_sort.h"
#include "base/record_file.h"
#include "image/conversion.h"
#include "output/example_digest.h"
#include "output/example_keys.h"
#include "output/example_pictures.h"

namespace visionshard::output {

/// What a written example adds to the counts beside itself.
struct ExampleTally {
  std::uint32_t kept = 0, relabelled = 0, converted = 0, shrunk = 0, dropped = 0;
  std::uint32_t hidden = 0;  // 1: see HiddenImages
  std::array<std::uint32_t, image::conversion_count> conversions{};

  auto operator<=>(const ExampleTally&) const = default;

  std::uint32_t images() const noexcept { return kept + relabelled + converted + shrunk; }
  void add(image::Conversions kinds) {
    kinds.each([&](image::Conversion kind) { ++conversions[static_cast<std::size_t>(kind)]; });
  }
};

/// Counts `examples` of them as written.
void add_written(RunReport& report, const ExampleTally& tally, std::uint64_t examples, std::uint64_t bytes);
/// Why examples are left out that were counted as written.
enum class LeftOut : std::uint8_t { not_at_all, duplicate, near_duplicate };
/// They turned out to be that.
void take_back(RunReport& report, const ExampleTally& tally, LeftOut reason, std::uint64_t examples,
               std::uint64_t bytes);

/// A written example: its bytes, the newline among them, its images, and which of the part's tallies is its.
struct ExampleRecord {
  std::uint64_t bytes;
  std::uint32_t images;
  std::uint32_t tally;
};

/// A rejected line: where its number stands in the part's rejected.jsonl, and which it is, from 1 in the part.
struct RejectRecord {
  std::uint64_t number_offset;
  std::uint64_t line;
};

/// Where an example of a job stands: parts and a part's examples are in input order, and so are places.
constexpr std::uint64_t place_of(std::uint64_t part, std::uint64_t example) noexcept { return part << 32 | example; }

struct DigestRecord {
  ExampleDigest digest;
  std::uint64_t place;

  auto operator<=>(const DigestRecord&) const = default;
};

/// Lines in their order.
class PartIndex {
 public:
  /// Files for examples and rejects; with Duplicates::drop also digests, sorted; with it or NearDuplicates::drop also
  /// tallies; for examples with keys also those of their lines, and of all that connects them, sorted; for examples
  /// with pictures also these, sorted.
  PartIndex(const std::string& folder, std::uint64_t part, Duplicates duplicates,
            NearDuplicates near_duplicates = NearDuplicates::off);

  /// An example of the part's line `line`.
  struct Written {
    std::uint64_t bytes = 0;
    std::uint64_t line = 0;
    const ExampleKeys* keys = nullptr;          // or nullptr
    const ExamplePictures* pictures = nullptr;  // or nullptr
  };
  RunResult<void> add_written(const Written& example, const ExampleTally& tally, const ExampleDigest& digest);
  RunResult<void> add_rejected(std::uint64_t number_offset, std::uint64_t line) {
    return rejects_.add({number_offset, line});
  }

  struct Digests {
    FileDigest examples, rejects, tallies, digests, keys, groups, pictures;
    FileDigest small;  // see distribute/small_examples.h
    PictureCounts picture_counts;

    bool operator==(const Digests&) const = default;
  };
  RunResult<Digests> finish(Durability durability);

  static constexpr char examples_name[] = "examples", rejects_name[] = "rejects", tallies_name[] = "tallies",
                        digests_name[] = "digests", keys_name[] = "keys", groups_name[] = "groups",
                        pictures_name[] = "pictures", small_name[] = "small";

 private:
  std::uint64_t part_;
  bool keeps_digests_, keeps_tallies_;
  std::uint64_t written_ = 0;
  RecordWriter<ExampleRecord> examples_;
  RecordWriter<RejectRecord> rejects_;
  RecordWriter<ExampleTally> tallies_;
  RecordWriter<DigestRecord> digests_;
  SortedRuns<DigestRecord> sorted_;
  RecordWriter<HashKey> keys_;
  RecordWriter<DigestRecord> groups_;
  SortedRuns<DigestRecord> sorted_groups_;
  RecordWriter<PictureRecord> pictures_;
  SortedRuns<PictureRecord> sorted_pictures_;
  PictureCounts picture_counts_;
  std::map<ExampleTally, std::uint32_t> known_;
};

}  // namespace visionshard::output
