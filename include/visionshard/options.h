// Options of a run. Defaults are written here and nowhere else. These are plain values; the function that takes them
// reports values that are not allowed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace visionshard {

/// The value of a limit that is off.
inline constexpr std::uint64_t no_limit = UINT64_MAX;

/// What a provider takes. Sizes are bytes of decoded images or of finished files. The defaults are those of the profile
/// "openai"; profile.h has the others, and src/base/profile.cpp names the source of each value.
struct Limits {
  std::uint64_t max_images_per_example = 10;
  std::uint64_t max_image_bytes = 10'000'000;
  std::uint64_t max_image_examples = 50'000;  // per shard; examples without an image do not count
  std::uint64_t max_shard_bytes = 512'000'000;
  std::uint64_t min_examples = 10;          // fewer: `check` refuses the file, a run warns
  std::uint64_t max_url_chars = no_limit;   // of a whole data URL
  std::uint64_t max_image_tokens = 65'536;  // of all images of an example; more are rejected
  bool webp = true;                         // WebP images are accepted
  bool urls = true;                         // http(s) URLs are kept
  bool exact_media_type = false;            // a data URL that does not begin with the image's real type is refused
  bool images_user_only = true;             // otherwise any role but assistant
  bool example_rules = true;                // the rules on messages, roles, contents and parts; those below add to them
  bool function_role = true;                // messages of the role "function" are taken
  bool developer_to_system = true;          // the role "developer" becomes "system"; otherwise it is taken
  bool system_first_only = false;           // a system message may only be the first
  bool user_required = false;               // at least one message is a user's
  bool refusal_parts = true;                // assistants may have parts of the type "refusal"
  bool weight_on_any_role = false;          // otherwise on assistant messages only
  bool integer_weight = true;               // 0 and 1 are taken, 1.0 and 1e0 are not
  bool image_weight_zero = false;           // a message with an image may have no other weight than 0
  bool tool_rules = true;          // tool_call_id, arguments, tool_calls and tools have the types OpenAI documents
  bool alternate_roles = false;    // neighboring messages of one role are merged, but for those of tools
  bool uniform_contents = false;   // strings become text parts in an example that has a list of parts
  bool known_keys_only = false;    // of an example's own keys only "messages", "tools" and "weight" are kept
  bool preference_images = false;  // the input of a preference example may have images
  bool one_output_message = true;  // each output is one assistant message; else several, also of tools
  bool string_outputs = false;     // the content of an output is a string
  bool prompt_not_by_assistant = false;  // the input of a preference example does not end with an assistant's message
  bool reinforcement = true;             // examples without an answer, for a grader, are taken
  bool strict_file = false;              // one bad example, blank line or byte order mark fails the whole file

  bool operator==(const Limits&) const = default;
};

/// For an image that cannot be used: reject the whole example, or drop the image and keep the rest.
enum class OnBad : std::uint8_t { reject, drop };
/// How images that are kept are checked: containers and checksums, or every pixel decoded.
enum class Verify : std::uint8_t { structure, pixels };
/// An orientation in the metadata (Exif 2.32, tag 0x0112): apply it to the pixels, or keep it.
enum class Orient : std::uint8_t { bake, keep };
/// Whether rejected.jsonl holds the original line, or only its place.
enum class Rejects : std::uint8_t { full, reference };
/// tiles: reduce images to the size at which a model that counts tiles sees them (size_in_tiles).
enum class FitModel : std::uint8_t { off, tiles };
/// Examples whose written bytes equal those of an earlier one: keep all, or only the first.
enum class Duplicates : std::uint8_t { keep, drop };
/// Pictures that differ little, by their PDQ hashes: not looked for, counted, kept on one side of a split, or only
/// examples without any that is like one of an earlier example.
enum class NearDuplicates : std::uint8_t { off, report, group, drop };
/// What --exclude leaves out where an entry names an image: the example, or only the image.
enum class OnExcluded : std::uint8_t { exclude, drop };
/// Images by http(s) URL: keep the URLs, or put in the images, from a store that `visionshard fetch` has made.
enum class UrlsOption : std::uint8_t { keep, inlined };
/// The value of "detail" in every image part; keep: unchanged.
enum class DetailOption : std::uint8_t { keep, low, high, automatic };

/// A share of the examples.
struct Share {
  std::uint64_t millionths_of_percent = 100'000'000;  // at most so many

  bool operator==(const Share&) const = default;
};

/// A file of --exclude.
struct ExclusionList {
  std::string path;
  std::string xxh128;  // of its content; set by the run itself

  bool operator==(const ExclusionList&) const = default;
};
/// The layout of input lines. automatic: recognized by the keys of each line. `chat` is OpenAI's; src/layout/detect.cpp
/// names the source of each of the others.
enum class InputLayout : std::uint8_t { automatic, chat, responses, blocks, contents, conversations, marked, parts };

/// The layout of written lines: OpenAI's, or what a local trainer reads.
enum class OutputLayout : std::uint8_t { chat, llamafactory, swift, trl };
/// Where images are written: in the lines, or as files that the lines name.
enum class ImagePlace : std::uint8_t { inlined, files };

/// Options for lines.
struct LineOptions {
  std::uint64_t max_line_bytes = 256ull << 20;  // at most 4 GiB - 1: offsets in a line are 32 bits wide
  OnBad on_bad_image = OnBad::reject;
  OnBad on_assistant_image = OnBad::reject;
  std::string image_root;  // empty: local paths are not allowed
  UrlsOption urls = UrlsOption::keep;
  std::string store;         // the store's directory, for UrlsOption::inlined; check() looks up URLs in it
  std::string store_xxh128;  // if not empty, the store must have an index of this digest
  DetailOption detail = DetailOption::keep;  // of every image part
  Duplicates duplicates = Duplicates::keep;
  InputLayout from = InputLayout::automatic;
  OutputLayout layout = OutputLayout::chat;
  ImagePlace images = ImagePlace::inlined;
  std::uint64_t max_tokens = no_limit;  // of an example: of its images, and an estimate for its text
  std::vector<ExclusionList> exclude;
  OnExcluded on_excluded = OnExcluded::exclude;
  Share sample;            // of the lines; the rest is excluded
  std::uint64_t seed = 0;  // of the choice
};

/// Options for images.
struct ImageOptions {
  std::uint64_t max_pixels = 178'956'970;  // width times height, refused from the header; Pillow opens no larger image
  Verify verify = Verify::structure;
  Orient orient = Orient::bake;
  int min_quality = 60;  // 1 to 95
  FitModel fit_model = FitModel::off;
  bool measure = false;  // decode shrunk images once more and report tries and PSNR; changes no written byte
};

/// How much goes into the validation set: so many examples, or a share; none where both are 0.
struct ValidationSize {
  std::uint64_t examples = 0;
  Share share{0};

  bool any() const noexcept { return examples > 0 || share.millionths_of_percent > 0; }
  bool operator==(const ValidationSize&) const = default;
};

/// The manifest of an earlier run whose sides are kept.
struct KeptSplit {
  std::string path;
  std::string xxh128;  // of its content; set by the run itself

  bool operator==(const KeptSplit&) const = default;
};

/// Options for the set as a whole. LineOptions::seed is the key of all choices.
struct ShapingOptions {
  ValidationSize validation;
  /// What keeps examples on one side: "images", "example" (nothing but equal lines), or the JSON pointer of a value.
  std::string split_by = "images";
  KeptSplit keep_split;
  bool shuffle = false;
  NearDuplicates near_duplicates = NearDuplicates::off;

  /// Whether all examples must be known before the first is written.
  bool any() const noexcept { return validation.any() || shuffle || near_duplicates != NearDuplicates::off; }
};

/// The digests of each shard in the manifest: what `xxhsum -H2` prints; with sha256 also what `sha256sum` prints.
enum class DigestOption : std::uint8_t { xxh128, sha256 };

/// Where a run writes, and what it does if the directory holds a run.
struct OutputOptions {
  std::string directory;         // "none": do everything except writing
  std::string prefix = "train";  // of the shards' file names
  Rejects rejects = Rejects::full;
  bool force = false;   // replace a finished or unfinished run of visionshard
  bool resume = false;  // continue an unfinished run; start one if there is none
  bool sync = true;     // flush to the disk, so that a power loss costs at most the shard that was being written
  DigestOption digest = DigestOption::xxh128;

  /// Whether nothing is written. Thread-safe.
  bool keeps_nothing() const noexcept { return directory == "none"; }
};

/// Options of convert(). `threads` 0 means all usable processors; `memory_bytes` 0 means a quarter of RAM, at most
/// 2 GiB.
struct ConvertOptions {
  std::vector<std::string> inputs;  // files, directories, or "-" for standard input
  std::string profile = "openai";   // a name for reports; only the limits have an effect
  Limits limits;
  LineOptions line;
  ImageOptions image;
  OutputOptions output;
  ShapingOptions shaping;
  std::optional<std::uint64_t> shards;  // at most this many: all images are reduced as far as needed
  unsigned threads = 0;
  std::uint64_t memory_bytes = 0;
  unsigned stall_timeout_seconds = 600;  // 0: off
};

}  // namespace visionshard
