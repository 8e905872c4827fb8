// SplitMix64: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
// figure 16. The standard library's distributions give other numbers in other libraries; these are the same everywhere.
#pragma once

#include <cstdint>

namespace visionshard::generate {

class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  /// The numbers of one item (`index`) of one kind (`sort`). They do not depend on other draws or their order.
  static Random of(std::uint64_t seed, std::uint64_t sort, std::uint64_t index) noexcept {
    Random random(seed);
    random.state_ = random.next() + sort;
    random.state_ = random.next() + index;
    random.state_ = random.next();
    return random;
  }

  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }

  /// 0 to `count` - 1; `count` at least 1.
  std::uint32_t below(std::uint32_t count) noexcept { return static_cast<std::uint32_t>((next() >> 32) * count >> 32); }

  /// `least` to `most`.
  int between(int least, int most) noexcept {
    return least + static_cast<int>(below(static_cast<std::uint32_t>(most - least + 1)));
  }

 private:
  std::uint64_t state_;
};

}  // namespace visionshard::generate
