// Examples that belong together.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace visionshard::distribute {

/// Disjoint sets of numbers from 0, each with the least of the keys that were given to a member. 12 bytes a number.
class ExampleGroups {
 public:
  /// `examples` is at most INT32_MAX.
  explicit ExampleGroups(std::uint64_t examples) : parents_(examples, -1), keys_(examples, UINT64_MAX) {}

  std::uint32_t group_of(std::uint32_t example) noexcept {
    while (parents_[example] >= 0) {
      const auto parent = static_cast<std::uint32_t>(parents_[example]);
      if (parents_[parent] >= 0) parents_[example] = parents_[parent];
      example = parent;
    }
    return example;
  }
  std::uint32_t size_of(std::uint32_t group) const noexcept { return static_cast<std::uint32_t>(-parents_[group]); }
  std::uint64_t key_of(std::uint32_t group) const noexcept { return keys_[group]; }

  void add_key(std::uint32_t example, std::uint64_t key) noexcept {
    std::uint64_t& least = keys_[group_of(example)];
    least = std::min(least, key);
  }
  void connect(std::uint32_t a, std::uint32_t b) noexcept {
    a = group_of(a);
    b = group_of(b);
    if (a == b) return;
    if (size_of(a) < size_of(b)) std::swap(a, b);
    parents_[a] += parents_[b];
    parents_[b] = static_cast<std::int32_t>(a);
    keys_[a] = std::min(keys_[a], keys_[b]);
  }

 private:
  std::vector<std::int32_t> parents_;  // of a group's own number: minus its size
  std::vector<std::uint64_t> keys_;
};

}  // namespace visionshard::distribute
