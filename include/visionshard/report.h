// The results of a run. Sizes are bytes; line numbers count from 1.
#pragma once

#include <visionshard/fault.h>
#include <visionshard/gallery.h>
#include <visionshard/image_statistics.h>
#include <visionshard/tokens.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace visionshard {

struct ConvertOptions;

/// `lines = blank + written + rejected + duplicates + excluded` holds for every finished run.
/// `images` counts the image values of written examples:
/// `images = images_kept + images_relabelled + images_converted + images_shrunk`. Dropped images are not among them.
struct Counts {
  std::uint64_t lines = 0;
  std::uint64_t blank = 0;
  std::uint64_t written = 0;
  std::uint64_t rejected = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t excluded = 0;  // left out by --exclude, --sample or --near-duplicates drop
  std::uint64_t images = 0;
  std::uint64_t images_kept = 0;        // the value's bytes are the input's (URLs among them)
  std::uint64_t images_relabelled = 0;  // the image's bytes are the input's, the text around them is not
  std::uint64_t images_converted = 0;
  std::uint64_t images_shrunk = 0;  // were over the byte limit
  std::uint64_t images_dropped = 0;
};

/// A file that was read; `bytes` is its size on the disk, so of compressed files the compressed size.
struct InputFile {
  std::string path;  // as given, "-" for standard input
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;
  std::string instead{};  // a sentence on what the file is, if it is not JSON Lines and lines were rejected for that
  std::int64_t modified_ns = 0;  // since 1970, when the run began; 0: not known
};

/// A shard that was written.
struct ShardInfo {
  std::string path;  // file name within the output directory
  std::uint64_t bytes = 0;
  std::string xxh128;  // 32 lower-case hexadecimal digits; empty if an older manifest has none
  std::string sha256;  // 64, with DigestOption::sha256 and from an older manifest
  std::uint64_t examples = 0;
  std::uint64_t image_examples = 0;
  std::uint64_t images = 0;
};

/// The place of a rejected line.
struct RejectedPlace {
  std::string file;
  std::uint64_t line = 0;  // from 1
  std::string pointer;     // JSON pointer into the line; empty where none applies
  std::string detail;
};

/// Written examples with an image in a place where a model reads it as text or not at all.
struct HiddenImages {
  std::uint64_t examples = 0;
  RejectedPlace first;  // the detail says where the image is
};

/// Why a line was excluded: it is not part of the sample, or a list names it, its digest, or an image of it by the
/// digest, the URL or the URL's host; or it has a near-duplicate of an earlier picture.
enum class Exclusion : std::uint8_t { none, sample, place, example, image, url, host, near_duplicate };

inline constexpr std::array<std::string_view, 8> exclusion_names = {"none",  "sample", "place", "example",
                                                                    "image", "url",    "host",  "near_duplicate"};

/// Returns the name of a reason, for example "image". Thread-safe.
constexpr std::string_view name(Exclusion exclusion) noexcept {
  return exclusion_names[static_cast<std::size_t>(exclusion)];
}

/// Lines excluded for one reason, and the first of them, but for Exclusion::sample.
struct ExcludedLines {
  std::uint64_t lines = 0;
  std::vector<RejectedPlace> first;  // at most max_first_rejects
};

/// The number of places kept for each reason. Counts have no such limit.
inline constexpr std::size_t max_first_rejects = 5;

/// An image on so many lines that it does not keep them on one side of the split.
struct FrequentImage {
  std::string sha256;  // empty where it is there by URL, or was converted
  std::uint64_t lines = 0;
};

/// The split into training and validation examples.
struct SplitReport {
  std::uint64_t train = 0;       // examples
  std::uint64_t validation = 0;  // likewise
  std::uint64_t groups = 0;
  std::uint64_t connected_examples = 0;   // in groups of more than one
  std::uint64_t largest_group = 0;        // its examples
  std::uint64_t shared_images_alone = 0;  // images, or values, that were on both sides if each example chose its own
  std::vector<FrequentImage> frequent_images;
  std::uint64_t earlier_examples = 0;  // with ShapingOptions::keep_split: of that run
  std::uint64_t moved_examples = 0;    // of them, from validation to train
  std::uint64_t merged_groups = 0;     // groups that had members on both sides

  bool any() const noexcept { return train + validation > 0; }
};

/// A picture that has a near-duplicate, and where it stands first.
struct NearPicture {
  std::string file;
  std::uint64_t line = 0;   // from 1
  std::uint64_t image = 0;  // which of the images of the written example, from 1
  unsigned quality = 0;     // of its hash, 50 to 100
  SamplePicture shown;      // as it is written; no thumbnail where that would take too long
};

/// Two pictures that are near-duplicates.
struct NearPair {
  unsigned distance = 0;  // bits of the hashes that differ
  NearPicture first, second;
};

/// The number of pairs that are shown of a run.
inline constexpr std::size_t max_near_pairs_shown = 24;

/// Near-duplicates among the images of examples that can be written. A picture is an image file; images with equal
/// bytes are one.
struct NearDuplicatesReport {
  bool looked_for = false;
  std::uint64_t hashed_images = 0;
  std::uint64_t flat_images = 0;         // without features that a hash could tell
  std::uint64_t undecodable_images = 0;  // acceptable, but not to be decoded for the hash
  std::uint64_t frequent_pictures = 0;   // on so many lines that they are no near-duplicate of any
  std::uint64_t pictures = 0;            // different ones, without the frequent
  std::uint64_t pairs = 0;               // of near-duplicates
  bool has_more_pairs = false;           // a group was too large to count all of its pairs
  std::uint64_t near_pictures = 0;       // that have a near-duplicate
  std::uint64_t near_examples = 0;       // with such a picture
  std::uint64_t groups = 0;              // of pictures that near-duplicates connect
  std::uint64_t largest_group = 0;       // its pictures
  std::vector<NearPair> shown;           // of each group the two that differ most, and those of most bits first
};

/// Effort and loss of bringing one image under the byte limit.
struct MeasuredImage {
  std::string file;
  std::uint64_t line = 0;  // from 1
  std::string pointer;     // JSON pointer to the content part
  unsigned tries = 0;      // encodes of the whole picture
  double psnr_db = 0;      // against the source, in decibels; 99 if nothing was lost, 0 if it could not be measured
};

/// The number of samples kept of a run. Counts have no such limit.
inline constexpr std::size_t max_measured_images = 10'000;

/// Images that --fit-model or --shards made smaller.
struct ReducedImages {
  std::uint64_t images = 0;
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  ImageTokens tokens_before;
  ImageTokens tokens_after;

  ReducedImages& operator+=(const ReducedImages& other) noexcept {
    images += other.images;
    bytes_before += other.bytes_before;
    bytes_after += other.bytes_after;
    tokens_before += other.tokens_before;
    tokens_after += other.tokens_after;
    return *this;
  }
};

/// The stages of a run, in the order in which a line passes them.
enum class Stage : std::uint8_t { read, parse, convert, assemble, commit, digest, write, publish, finish };

inline constexpr std::array<std::string_view, 9> stage_names = {"read",   "parse", "convert", "assemble", "commit",
                                                                "digest", "write", "publish", "finish"};

/// Returns the name of a stage, for example "convert". Thread-safe.
constexpr std::string_view name(Stage stage) noexcept { return stage_names[static_cast<std::size_t>(stage)]; }

/// Time spent in one stage, on all threads.
struct StageTime {
  Stage stage = Stage::read;
  std::uint64_t steps = 0;  // blocks of lines, images or shards
  double busy_seconds = 0;
};

/// Images written as files.
struct ImageFiles {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// The report of a run.
struct RunReport {
  Counts counts;
  RejectCounts rejects{};
  std::map<FaultCode, std::vector<RejectedPlace>> first_rejects;  // at most max_first_rejects of a reason
  std::map<std::string, std::uint64_t, std::less<>> conversions;  // by kind; an image can be of several
  std::map<Exclusion, ExcludedLines> exclusions;
  SplitReport split;
  NearDuplicatesReport near_duplicates;
  HiddenImages hidden_images;
  ImageFiles image_files;  // with ImagePlace::files
  std::vector<InputFile> inputs;
  std::vector<ShardInfo> shards;
  std::vector<MeasuredImage> measured;      // with ImageOptions::measure: the first max_measured_images
  std::map<unsigned, std::uint64_t> tries;  // with ImageOptions::measure: shrunk images by the encodes they took
  ReducedImages reduced;
  ImageStatistics images_before;      // of written examples, in the input
  ImageStatistics images_after;       // of written examples, as written
  std::uint64_t images_by_url = 0;    // of written examples; not decoded
  std::vector<GalleryEntry> gallery;  // in input order; nothing from before a resumption
  std::uint64_t lines_before_resumption = 0;
  std::uint64_t parts = 0;  // of a job on many machines; 0: one run
  std::string loss;         // the reduction of all images that ConvertOptions::shards required, in words
  std::vector<std::string> warnings;
  std::uint64_t input_bytes = 0;   // of text, after decompression
  std::uint64_t output_bytes = 0;  // of all shards
  double seconds = 0;
  std::vector<StageTime> stages;
  unsigned threads = 0;
  std::uint64_t memory_bytes = 0;
};

/// Returns what a key of RunReport::conversions means, for people; empty for an unknown key. Thread-safe.
std::string_view conversion_meaning(std::string_view kind) noexcept;

/// Returns why lines are excluded, for people. Thread-safe.
std::string_view exclusion_meaning(Exclusion exclusion) noexcept;

/// Returns the report of a finished run as one JSON object and a newline, as `convert --json` prints it. Thread-safe.
std::string summary_json(const ConvertOptions& options, const RunReport& report);

}  // namespace visionshard
