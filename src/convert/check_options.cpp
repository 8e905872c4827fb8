#include "convert/check_options.h"

#include <fmt/format.h>

#include "base/json_pointer.h"
#include "output/run_directory.h"
#include "output/shard_planner.h"

namespace visionshard::conversion {
namespace {

RunResult<void> check_shaping(const ConvertOptions& o) {
  const ShapingOptions& shaping = o.shaping;
  const bool by_images = shaping.split_by == "images";
  if (!by_images && shaping.split_by != "example" && !json::is_pointer(shaping.split_by))
    return refusal("--split-by is neither images, example nor a JSON pointer, which begins with /");
  if (!shaping.validation.any() && (!by_images || !shaping.keep_split.path.empty()))
    return refusal(fmt::format("{} needs --validation", by_images ? "--keep-split" : "--split-by"));
  if (shaping.near_duplicates == NearDuplicates::group && (!shaping.validation.any() || !by_images))
    return refusal(
        "--near-duplicates group keeps near-duplicates on one side of a split by images; give also --validation, and "
        "no other --split-by");
  // Images are written before it is known which examples stay.
  if (shaping.near_duplicates == NearDuplicates::drop && o.line.images == ImagePlace::files)
    return refusal(
        "--near-duplicates drop does not go with --images files, which would leave the images of examples that are "
        "left out; convert without it, and then the shards with --images files");
  if (!shaping.any()) return {};
  const std::string_view named = shaping.shuffle            ? "--shuffle"
                                 : shaping.validation.any() ? "--validation"
                                                            : "--near-duplicates";
  if (o.output.keeps_nothing()) return refusal(fmt::format("{} needs a directory, so -o none cannot be", named));
  if (o.shards)
    return refusal(fmt::format("--shards counts files before their order is known, so it cannot be with {}", named));
  if (shaping.validation.any() && o.output.prefix == output::validation_prefix)
    return refusal("--prefix validation is the name of the shards of --validation; give another");
  return {};
}

}  // namespace

RunResult<void> check_options(const ConvertOptions& o) {
  if (o.inputs.empty()) return refusal("no input is given");
  if (o.output.force && o.output.resume) return refusal("--force and --resume exclude each other");
  if (!output::is_prefix(o.output.prefix))
    return refusal(
        "--prefix cannot be the start of a file name: no slash, no dot in front, no "
        "control characters, at most 200 bytes");
  if (o.line.layout != OutputLayout::chat &&
      (o.limits.alternate_roles || o.limits.uniform_contents || o.limits.known_keys_only))
    return refusal(
        "--layout is for local trainers; a profile that changes messages, such as together, goes with chat alone");
  if (o.shards && (o.line.layout != OutputLayout::chat || o.line.images == ImagePlace::files))
    return refusal("--shards fits lines with images in them; it does not go with --layout or --images files");
  if (o.shards == 0u) return refusal("--shards must be at least 1");
  return check_shaping(o);
}

std::vector<std::string> read_later(const ConvertOptions& options) {
  std::vector<std::string> paths;
  for (const std::string* const path : {&options.shaping.keep_split.path, &options.line.image_root})
    if (!path->empty()) paths.push_back(*path);
  return paths;
}

}  // namespace visionshard::conversion
