#include "generate/images.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "base/for_each_index.h"
#include "base64/base64.h"
#include "generate/encoders.h"

namespace visionshard::generate {
namespace {

constexpr std::uint64_t max_attempts = 1000;
constexpr std::uint64_t numbers_of_an_attempt = 64;  // more than there are groups and other things with numbers

RunResult<void> cannot_make(std::string_view reason) {
  return run_fault(fmt::format("an image could not be made: {}", reason));
}

}  // namespace

ImageResult<Images::Url> Images::made(const ImageRef& ref, std::uint64_t attempt) const {
  Random random = Random::of(seed_, static_cast<std::uint64_t>(ref.group) + attempt * numbers_of_an_attempt, ref.index);
  auto image = VISIONSHARD_TRY(make_image(ref.group, random, source_));
  Url url;
  // Of two different files with one key the second is drawn again without need, which harms nothing.
  if (all_differ_) url.file_key = std::uint64_t{image.file.size()} << 32 | crc32_of(image.file);
  const std::string head = fmt::format("data:{};base64,", codec::media_type(image.format));
  url.text.resize(head.size() + base64::encoded_length(image.file.size()));
  std::copy(head.begin(), head.end(), reinterpret_cast<char*>(url.text.data()));
  base64::encode(image.file, reinterpret_cast<char*>(url.text.data()) + head.size());
  return url;
}

RunResult<void> Images::make(const std::vector<ImageRef>& wanted, unsigned threads, const std::atomic<bool>& stop) {
  std::vector<ImageRef> missing;
  for (const ImageRef& ref : wanted)
    if (urls_.try_emplace(ref).second) missing.push_back(ref);
  // The heavy ones first: the last to be begun is then soon done.
  std::vector<ImageRef> by_weight = missing;
  std::sort(by_weight.begin(), by_weight.end(), std::greater());
  std::mutex mutex;
  std::optional<ImageFault> fault;
  for_each_index(by_weight.size(), threads, stop, [&](std::size_t i) {
    auto url = made(by_weight[i], 0);
    if (url) {
      urls_.at(by_weight[i]) = std::move(*url);
      return;
    }
    const std::lock_guard lock(mutex);
    fault = std::move(url.error());
  });
  if (fault) return cannot_make(fault->detail);
  return all_differ_ && !stop ? replace_repeated(missing) : RunResult<void>();
}

RunResult<void> Images::replace_repeated(const std::vector<ImageRef>& missing) {
  for (const ImageRef& ref : missing) {
    Url& url = urls_.at(ref);
    for (std::uint64_t attempt = 1; !seen_keys_.insert(url.file_key).second; ++attempt) {
      if (attempt == max_attempts)
        return run_fault(
            "the photographs are too small or too plain to cut this many different images out of; take others, or let "
            "images repeat with --bank");
      auto other = made(ref, attempt);
      if (!other) return cannot_make(other.error().detail);
      url = std::move(*other);
    }
  }
  return {};
}

}  // namespace visionshard::generate
