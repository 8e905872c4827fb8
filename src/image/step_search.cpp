#include "image/step_search.h"

#include <algorithm>

namespace visionshard::image {
namespace {

constexpr unsigned most_tries = 4;

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
  StepSearch(const Sample& sample, double limit, double correction)
      : sample_(sample), limit_(limit), correction_(correction) {}

  // Nothing where not even `low` fits.
  std::optional<Steps> run(double low, double high) {
    Steps coarse = codec::steps_of(sample_, low), fine = codec::steps_of(sample_, high);
    double small = size_of(coarse), large = size_of(fine);
    if (large <= limit_) return fine;
    if (small > limit_) return std::nullopt;
    // Sizes grow smoothly with quality: false position needs five or six counts where halving needs fourteen.
    for (unsigned counts = 0; counts < 10 && limit_ - small > limit_ * close_enough && high - low > 0.02; ++counts) {
      const double share = std::clamp(log_like(limit_ / small) / log_like(large / small), 0.05, 0.95);
      const double middle = low + (high - low) * share;
      Steps steps = codec::steps_of(sample_, middle);
      const double size = size_of(steps);
      const bool fits = size <= limit_;
      (fits ? low : high) = middle;
      (fits ? small : large) = size;
      (fits ? coarse : fine) = std::move(steps);
    }
    // Near quality 100 one step more or less is a tenth of the size: then the low frequencies get the finer ones.
    if (limit_ - small > limit_ * 10 * close_enough) {
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
  static constexpr double close_enough = 0.003;  // of the limit

  double size_of(const Steps& steps) const { return codec::predicted_bytes(sample_, steps) * correction_; }

  const Sample& sample_;
  double limit_, correction_;
};

}  // namespace

ImageResult<std::optional<Bytes>> finest_that_fits(const Sample& sample, const StepLimits& limits, unsigned& tries,
                                                   const std::function<ImageResult<Written>(const Steps&)>& write) {
  const auto limit = static_cast<double>(limits.max_bytes);
  for (double correction = 1 / size_aim; tries < most_tries;) {
    const auto steps = StepSearch(sample, limit, correction).run(limits.min_quality, limits.max_quality);
    if (!steps) break;
    ++tries;
    ImageResult<Written> written = write(*steps);
    if (!written) return tl::unexpected(written.error());
    if (!written->bytes.empty()) return std::optional(std::move(written->bytes));
    correction = written->whole_bytes / codec::predicted_bytes(sample, *steps) / size_aim;
  }
  return std::optional<Bytes>();
}

}  // namespace visionshard::image
