#include "image/scale_search.h"

#include <algorithm>

namespace visionshard::image {
namespace {

constexpr unsigned max_tries = 4;

// `coarse` with the first `count` steps of each table, in the order of rising frequency, taken from `fine`.
Steps mixed(const Steps& coarse, const Steps& fine, std::size_t count) {
  Steps steps = coarse;
  for (std::size_t c = 0; c < steps.size(); ++c)
    for (std::size_t k = 0; k < count; ++k) steps[c][codec::zigzag[k]] = fine[c][codec::zigzag[k]];
  return steps;
}

// Half the logarithm of a ratio not far from 1. The library's own log differs in its last bit from processor to
// processor, and the bytes written must not.
double log_like(double ratio) noexcept { return (ratio - 1) / (ratio + 1); }

// Finds the finest steps, from those of `low` quality, whose predicted size, times `correction`, is within `limit`.
class StepSearch {
 public:
  // Ends within `close_enough`, a share of the limit.
  StepSearch(const Sample& sample, double limit, double correction, double close_enough)
      : sample_(sample), limit_(limit), correction_(correction), close_enough_(close_enough) {}

  // Nothing where not even `low` fits.
  std::optional<Steps> run(double low, double high) {
    Steps coarse = codec::steps_of(sample_, low), fine = codec::steps_of(sample_, high);
    double small = size_of(coarse), large = size_of(fine);
    if (large <= limit_) return fine;
    if (small > limit_) return std::nullopt;
    // Sizes grow smoothly with quality: false position, with the Illinois rule against an end that stays, needs three
    // or four counts where halving needs fourteen.
    double below = log_like(limit_ / small), above = log_like(large / limit_);
    int stayed = 0;
    while (limit_ - small > limit_ * close_enough_ && high - low > 0.02) {
      const double middle = low + (high - low) * std::clamp(below / (below + above), 0.05, 0.95);
      Steps steps = codec::steps_of(sample_, middle);
      // Whole steps change in places only.
      const bool as_coarse = steps == coarse;
      if (as_coarse || steps == fine) {
        (as_coarse ? low : high) = middle;
        continue;
      }
      const double size = size_of(steps);
      if (size <= limit_) {
        low = middle, small = size, coarse = std::move(steps), below = log_like(limit_ / small);
        stayed = std::max(stayed, 0) + 1;
        if (stayed > 1) above /= 2;
      } else {
        high = middle, large = size, fine = std::move(steps), above = log_like(large / limit_);
        stayed = std::min(stayed, 0) - 1;
        if (stayed < -1) below /= 2;
      }
    }
    // Near quality 100 one step more or less is a tenth of the size: then the low frequencies get the finer ones.
    if (limit_ - small > limit_ * 10 * close_enough_) {
      std::size_t fits = 0, too_many = 64;
      while (too_many - fits > 1) {
        const std::size_t middle = (fits + too_many) / 2;
        (size_of(mixed(coarse, fine, middle)) <= limit_ ? fits : too_many) = middle;
      }
      coarse = mixed(coarse, fine, fits);
    }
    return coarse;
  }

 private:
  double size_of(const Steps& steps) const { return codec::predicted_bytes(sample_, steps) * correction_; }

  const Sample& sample_;
  double limit_, correction_, close_enough_;
};

// Every fourth run of blocks: the search counts those, and one count of all sets it right.
Sample thinned(const Sample& sample) {
  constexpr std::size_t every = 4;
  Sample thin;
  for (const codec::SampledPlane& plane : sample) {
    codec::SampledPlane& out = thin.emplace_back(plane);
    const std::size_t run = 64 * plane.row_blocks, runs = plane.blocks.size() / run;
    if (runs < 4 * every) return sample;
    out.blocks.clear();
    for (std::size_t r = 0; r < runs; r += every)
      out.blocks.insert(out.blocks.end(), plane.blocks.begin() + static_cast<std::ptrdiff_t>(r * run),
                        plane.blocks.begin() + static_cast<std::ptrdiff_t>((r + 1) * run));
    out.weight *= static_cast<double>(plane.blocks.size()) / static_cast<double>(out.blocks.size());
  }
  return thin;
}

}  // namespace

ImageResult<std::optional<Bytes>> finest_that_fits(const Sample& sample, const StepLimits& limits, unsigned& tries,
                                                   const std::function<ImageResult<Written>(const Steps&)>& write) {
  const auto limit = static_cast<double>(limits.max_bytes);
  const Sample thin = thinned(sample);
  const auto search = [&](double with_correction, double close_enough) {
    return StepSearch(thin, limit, with_correction, close_enough).run(limits.min_quality, limits.max_quality);
  };
  double correction = 1 / size_aim;
  if (const auto steps = search(correction, 0.03))
    correction *= codec::predicted_bytes(sample, *steps) / codec::predicted_bytes(thin, *steps);
  while (tries < max_tries) {
    const auto steps = search(correction, 0.003);
    if (!steps) break;
    ++tries;
    Written written = VISIONSHARD_TRY(write(*steps));
    if (!written.bytes.empty()) return std::optional(std::move(written.bytes));
    correction = written.whole_bytes / codec::predicted_bytes(thin, *steps) / size_aim;
  }
  return std::optional<Bytes>();
}

}  // namespace visionshard::image
