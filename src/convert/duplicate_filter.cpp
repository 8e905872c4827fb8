#include "convert/duplicate_filter.h"

#include <fmt/format.h>

#include <utility>

#include "base/sha256.h"
#include "input/block_reader.h"

namespace visionshard::conversion {
namespace {

std::uint64_t bytes_of(std::size_t places) noexcept { return places * sizeof(output::ExampleDigest); }

}  // namespace

DuplicateFilter::~DuplicateFilter() { budget_.release_image(bytes_of(table_.size())); }

RunResult<bool> DuplicateFilter::add(const output::ExampleDigest& digest) {
  if (digest == none) return !std::exchange(has_none_, true);
  if (examples_ * 5 >= table_.size() * 4)
    if (auto grown = grow(); !grown) return tl::unexpected(grown.error());
  const bool is_new = insert(digest);
  examples_ += is_new;
  return is_new;
}

RunResult<void> DuplicateFilter::add_lines_of(const std::vector<std::string>& paths, const KeepRunning& keep_running) {
  input::BlockReader reader(paths, 1 << 20, UINT32_MAX);
  Sha256 digest;
  for (input::TextBlock block;;) {
    auto next = reader.next(block, SIZE_MAX);
    if (!next) return tl::unexpected(next.error());
    if (*next == input::Next::end) return {};
    if (keep_running && !keep_running()) return interrupted();
    const std::string_view text = as_text({block.block.data(), block.end});
    for (std::size_t at = block.begin, newline; at < text.size(); at = newline + 1) {
      newline = text.find('\n', at);
      digest.update(as_bytes(text.substr(at, newline - at)));
      if (auto added = add(output::example_digest(digest.finish())); !added) return tl::unexpected(added.error());
    }
  }
}

bool DuplicateFilter::insert(const output::ExampleDigest& digest) noexcept {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = digest[0] & mask;; at = (at + 1) & mask) {
    if (table_[at] == digest) return false;
    if (table_[at] != none) continue;
    table_[at] = digest;
    return true;
  }
}

RunResult<void> DuplicateFilter::grow() {
  const std::size_t places = std::max<std::size_t>(table_.size() * 2, 4096);
  if (bytes_of(places) > budget_.bytes() / 4 && places > 4096)
    return run_fault(fmt::format(
        "the digests of {} different examples fill the share of --memory for --duplicates drop; give more memory, or "
        "make the job with visionshard plan, which keeps digests on disk",
        examples_));
  const std::vector<output::ExampleDigest> before = std::exchange(table_, std::vector<output::ExampleDigest>(places));
  budget_.reserve_image(bytes_of(places) - bytes_of(before.size()));
  for (const output::ExampleDigest& digest : before)
    if (digest != none) insert(digest);
  return {};
}

}  // namespace visionshard::conversion
