#include "generate/bank.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "base64/base64.h"
#include "base/for_each_index.h"

namespace visionshard::generate {
namespace {

BankImage data_url(MadeImage made, bool numbered) {
  BankImage image;
  if (numbered) {
    image.place = make_room_for_serial_number(made.format, made.file);
    image.numbered_piece.append(made.file.view().subspan(image.place.begin, image.place.end - image.place.begin));
  }
  const std::string head = fmt::format("data:{};base64,", codec::media_type(made.format));
  image.base64_from = head.size();
  image.url.resize(head.size() + base64::encoded_length(made.file.size()));
  std::copy(head.begin(), head.end(), reinterpret_cast<char*>(image.url.data()));
  base64::encode(made.file, reinterpret_cast<char*>(image.url.data()) + head.size());
  return image;
}

}  // namespace

Bank::Bank(std::uint64_t seed, const std::array<std::uint32_t, group_count>& sizes, bool numbered,
           const PictureSource& source)
    : seed_(seed), numbered_(numbered), source_(source) {
  for (std::size_t i = 0; i < group_count; ++i) groups_[i].resize(sizes[i]);
}

RunResult<void> Bank::make(const std::vector<ImageRef>& wanted, unsigned threads, const std::atomic<bool>& stop) {
  std::vector<ImageRef> missing;
  for (const ImageRef& ref : wanted)
    if (!at(ref)) missing.push_back(ref);
  // The heavy ones first: the last to be begun is then soon done.
  std::sort(missing.begin(), missing.end(), [](const ImageRef& a, const ImageRef& b) {
    return std::pair(a.group, a.index) > std::pair(b.group, b.index);
  });
  missing.erase(
      std::unique(missing.begin(), missing.end(),
                  [](const ImageRef& a, const ImageRef& b) { return a.group == b.group && a.index == b.index; }),
      missing.end());
  std::mutex mutex;
  std::optional<ImageFault> fault;
  for_each_index(missing.size(), threads, stop, [&](std::size_t i) {
    const auto group = static_cast<std::size_t>(missing[i].group);
    Random random = Random::of(seed_, group, missing[i].index);
    auto made = make_image(missing[i].group, random, source_);
    if (made) {
      groups_[group][missing[i].index] = data_url(std::move(*made), numbered_);
      return;
    }
    const std::lock_guard lock(mutex);
    fault = std::move(made.error());
  });
  if (fault) return run_fault(fmt::format("an image could not be made: {}", fault->detail));
  return {};
}

}  // namespace visionshard::generate
