#include "generate/plan.h"

namespace visionshard::generate {
namespace {

constexpr std::uint64_t numbers_for_lines = 16, numbers_for_blocks = 18;
constexpr std::uint32_t max_images = 3;

// One line of each block, at a random place, has the image that is over the limit. Drawn independently for each line,
// one corpus of 3,000 lines would have none and another seven.
struct Shares {
  Group over_limit;
  std::uint32_t block_lines;
  std::uint32_t compliant_per_mille;  // of the other lines
};
constexpr Shares shares_of_photos{Group::camera, 1000, 790};
constexpr Shares shares_of_mixed{Group::heavy, 167, 785};

Group group_of(const Shares& shares, std::uint64_t seed, std::uint64_t number, Random& random) {
  const std::uint64_t block = (number - 1) / shares.block_lines;
  const std::uint32_t place = Random::of(seed, numbers_for_blocks, block).below(shares.block_lines);
  if ((number - 1) % shares.block_lines == place) return shares.over_limit;
  return random.below(1000) < shares.compliant_per_mille ? Group::compliant : Group::convert;
}

Group group_of(const GenerateOptions& options, std::uint64_t number, Random& random) {
  switch (options.mix) {
    case Mix::compliant: return Group::compliant;
    case Mix::convert: return Group::convert;
    case Mix::heavy: return Group::heavy;
    case Mix::mixed: return group_of(shares_of_mixed, options.seed, number, random);
    default: return group_of(shares_of_photos, options.seed, number, random);
  }
}

bool is_over_limit(Group group) noexcept { return group == Group::heavy || group == Group::camera; }

// Four of six have one, one has two, one has three; those over the limit are always alone.
std::uint32_t image_count(Group group, Random& random) {
  const std::uint32_t drawn = random.below(6);
  return is_over_limit(group) || drawn < 4 ? 1 : drawn - 2;
}

}  // namespace

PlannedLine plan_line(const GenerateOptions& options, std::uint64_t number) {
  PlannedLine line;
  line.number = number;
  if (options.mix == Mix::urls) {
    line.url = number % 3 != 0;
    return line;
  }
  Random random = Random::of(options.seed, numbers_for_lines, number);
  const Group group = group_of(options, number, random);
  const std::uint32_t count = image_count(group, random);
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool in_turn = options.mix == Mix::heavy;
    const std::uint64_t index = options.bank == 0 ? number * max_images + i
                                : in_turn         ? (number - 1) % options.bank
                                                  : random.below(options.bank);
    line.images.push_back({group, index});
  }
  return line;
}

std::uint64_t expected_bytes(const PlannedLine& line) noexcept {
  std::uint64_t bytes = 300;
  for (const ImageRef& image : line.images) bytes += is_over_limit(image.group) ? 24'000'000u : 300'000u;
  return bytes;
}

}  // namespace visionshard::generate
