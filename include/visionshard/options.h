// What a run is told to do. Defaults are written here and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace visionshard {

inline constexpr std::uint64_t no_limit = UINT64_MAX;

/// What a provider takes. Sizes are bytes of decoded images or of finished files.
struct Limits {
  std::uint64_t max_images_per_example = 10;
  std::uint64_t max_image_bytes = 10'000'000;
  std::uint64_t max_image_examples = 50'000;  // per shard; examples without an image do not count
  std::uint64_t max_shard_bytes = 512'000'000;
  std::uint64_t fewest_examples = 10;         // below it the run warns
  std::uint64_t max_url_chars = no_limit;     // of a whole data URL
  std::uint64_t max_image_tokens = no_limit;  // of all images of an example: what is behind is cut off
  bool webp = true;
  bool urls = true;               // http(s) URLs are kept
  bool images_user_only = false;  // otherwise any role but assistant
  bool example_rules = true;      // the rules on messages, roles, contents and parts
  bool alternate_roles = false;   // neighbouring messages of one role are merged
  bool uniform_contents = false;  // strings become text parts in an example that has a list of parts
  bool known_keys_only = false;   // of an example's own keys only "messages" and "tools" are kept
};

enum class OnBad : std::uint8_t { reject, drop };
enum class Verify : std::uint8_t { structure, pixels };
enum class Orient : std::uint8_t { bake, keep };
enum class Rejects : std::uint8_t { full, reference };
enum class FitModel : std::uint8_t { off, tiles };
enum class Duplicates : std::uint8_t { keep, drop };
enum class DetailOption : std::uint8_t { keep, low, high, automatic };

struct LineOptions {
  std::uint64_t max_line_bytes = 256ull << 20;  // at most 4 GiB - 1: offsets in a line are 32 bits wide
  OnBad on_bad_image = OnBad::reject;
  OnBad on_assistant_image = OnBad::reject;
  std::string image_root;                    // empty: local paths are not allowed
  DetailOption detail = DetailOption::keep;  // what every image part is to say
  Duplicates duplicates = Duplicates::keep;  // examples that are written like an earlier one, byte for byte
};

struct ImageOptions {
  std::uint64_t max_pixels = 268'435'456;
  Verify verify = Verify::structure;
  Orient orient = Orient::bake;
  int min_quality = 60;                // 1 to 95
  FitModel fit_model = FitModel::off;  // reduce images to what a model sees of them (size_in_tiles)
  bool measure = false;  // decode what was shrunk once more and report tries and PSNR; changes no written byte
};

struct OutputOptions {
  std::string directory;  // "none": everything is done but the writing
  std::string prefix = "train";
  Rejects rejects = Rejects::full;
  bool force = false;   // replace a finished or unfinished run of ours
  bool resume = false;  // continue an unfinished one; begins anew where there is none
  bool sync = true;     // to the disk, so that a power loss costs no more than the shard that was being written

  bool keeps_nothing() const noexcept { return directory == "none"; }
};

/// `threads` 0 means all usable processors; `memory_bytes` 0 means a quarter of RAM, at most 2 GiB.
struct ConvertOptions {
  std::vector<std::string> inputs;
  std::string profile = "openai";
  Limits limits;
  LineOptions line;
  ImageOptions image;
  OutputOptions output;
  std::optional<std::uint64_t> shards;  // at most so many, whatever loss of all images it takes
  unsigned threads = 0;
  std::uint64_t memory_bytes = 0;
  unsigned stall_timeout_seconds = 600;  // 0: nobody watches
};

}  // namespace visionshard
