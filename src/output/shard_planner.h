// When the next shard starts, and what it is called.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace visionshard::output {

/// Shards are cut greedily in input order: an example opens a new shard when it would pass either cap.
class ShardPlanner {
 public:
  ShardPlanner(std::uint64_t max_bytes, std::uint64_t max_image_examples) noexcept
      : max_bytes_(max_bytes), max_image_examples_(max_image_examples) {}

  struct Place {
    bool opens;            // a new shard, of which this example is the first
    std::uint64_t offset;  // in its shard
  };

  /// Places an example of so many bytes, its newline among them. An example over the byte cap must not be asked for.
  Place place(std::uint64_t bytes, bool has_image) noexcept {
    const bool opens = !any_ || bytes > max_bytes_ - bytes_ || (has_image && image_examples_ == max_image_examples_);
    if (opens) bytes_ = image_examples_ = 0;
    any_ = true;
    const std::uint64_t offset = bytes_;
    bytes_ += bytes;
    image_examples_ += has_image ? 1 : 0;
    return {opens, offset};
  }

  /// Places consecutive examples into the open shard, as place() would one after the other; the offset of the first.
  /// Nothing where there is no open shard or one of them would open another.
  std::optional<std::uint64_t> place_all(std::uint64_t bytes, std::uint64_t image_examples) noexcept {
    if (!any_ || bytes > max_bytes_ - bytes_ || image_examples > max_image_examples_ - image_examples_)
      return std::nullopt;
    image_examples_ += image_examples;
    const std::uint64_t offset = bytes_;
    bytes_ += bytes;
    return offset;
  }

 private:
  std::uint64_t max_bytes_;
  std::uint64_t max_image_examples_;
  std::uint64_t bytes_ = 0;
  std::uint64_t image_examples_ = 0;
  bool any_ = false;
};

/// The start of the names of shards with validation examples.
inline constexpr char validation_prefix[] = "validation";

/// "train-00000.jsonl" for 0.
std::string shard_name(const std::string& prefix, std::uint64_t index);

}  // namespace visionshard::output
