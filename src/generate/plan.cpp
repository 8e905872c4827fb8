#include "generate/plan.h"

namespace visionshard::generate {
namespace {

constexpr std::uint64_t lines_of_numbers = 16;

Group group_of(Mix mix, Random& random) {
  if (mix == Mix::compliant) return Group::compliant;
  if (mix == Mix::convert) return Group::convert;
  if (mix == Mix::heavy) return Group::heavy;
  const std::uint32_t per_mille = random.below(1000);
  return per_mille < 780 ? Group::compliant : per_mille < 994 ? Group::convert : Group::heavy;
}

// Four of six have one, one has two, one has three; heavy ones are always alone.
unsigned image_count(Group group, Random& random) {
  const std::uint32_t drawn = random.below(6);
  return group == Group::heavy || drawn < 4 ? 1 : drawn - 2;
}

}  // namespace

PlannedLine plan_line(const GenerateOptions& options, const std::array<std::uint32_t, group_count>& bank_sizes,
                      std::uint64_t number) {
  PlannedLine line;
  line.number = number;
  if (options.mix == Mix::urls) {
    line.url = number % 3 != 0;
    return line;
  }
  Random random = Random::of(options.seed, lines_of_numbers, number);
  const Group group = group_of(options.mix, random);
  const std::uint32_t size = bank_sizes[static_cast<std::size_t>(group)];
  for (unsigned left = image_count(group, random); left > 0; --left) {
    const bool in_turn = options.mix == Mix::heavy;
    line.images.push_back({group, in_turn ? static_cast<std::uint32_t>((number - 1) % size) : random.below(size)});
  }
  return line;
}

}  // namespace visionshard::generate
