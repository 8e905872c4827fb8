// A part's small examples once more, in the order of the shuffle: whoever writes a shard then reads a few long ranges
// of each part instead of many short ones.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/keep_running.h"
#include "base/record_file.h"
#include "base/share.h"
#include "output/example_keys.h"
#include "output/part_index.h"

namespace visionshard::distribute {

/// Larger examples are read where they lie: a seek costs less than to write them twice.
inline constexpr std::uint64_t small_example_bytes = 64 << 10;

/// The place of an example in a shuffle: a keyed hash of its line; of equal ones the line's own.
struct OrderKey {
  std::uint64_t keyed;
  output::HashKey line;

  auto operator<=>(const OrderKey&) const = default;
};

OrderKey order_key(const output::HashKey& line, std::uint64_t seed) noexcept;

struct SmallExamplesInput {
  std::string data_path;      // of the part's data
  std::uint64_t data_bytes;   // its size
  std::string examples_path;  // of ExampleRecord
  std::uint64_t examples_bytes;
  std::string keys_path;  // of output::HashKey
  std::uint64_t keys_bytes;
};

/// Writes the small examples to the file at `path`, sorted by their order keys, of equal ones in their order in the
/// part. Holds about `memory_bytes` of them at a time; what is more goes to files beside `path`, by the first bits of
/// the key. No file where there is none.
RunResult<FileDigest> write_small_examples(const SmallExamplesInput& input, std::uint64_t seed, const std::string& path,
                                           std::uint64_t memory_bytes, Durability durability,
                                           const KeepRunning& keep_running);

}  // namespace visionshard::distribute
