#include "distribute/gathered_ranges.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "distribute/small_examples.h"

namespace visionshard::distribute {
namespace {

// Reading over a gap of so many bytes costs no more than to read twice.
constexpr std::uint64_t max_gap_bytes = 64 << 10;
constexpr std::uint64_t max_read_bytes = 1 << 20;

bool is_short(const RangeRecord& range) noexcept { return range.bytes < small_example_bytes; }

// Appends `bytes` at `offset` of `from`. A kernel or filesystem that cannot is read from and written to.
RunResult<void> append_range(const FileDescriptor& from, std::uint64_t offset, std::uint64_t bytes, AtomicFile& to,
                             const std::string& from_path) {
  auto at = static_cast<off_t>(offset);
  while (bytes > 0) {
    const ssize_t copied =
        ::copy_file_range(from.get(), &at, to.descriptor(), nullptr, std::min<std::uint64_t>(bytes, 1 << 30), 0);
    if (copied > 0) {
      bytes -= static_cast<std::uint64_t>(copied);
      continue;
    }
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM)
      return system_fault(to.temporary_path(), "write", errno);
    break;
  }
  Bytes step;
  while (bytes > 0) {
    step.resize(std::min<std::uint64_t>(bytes, 1 << 20));
    auto got =
        VISIONSHARD_TRY(read_at(from.get(), step.data(), step.size(), static_cast<std::uint64_t>(at), from_path));
    if (got == 0) return run_fault(from_path + ": became shorter");
    iovec piece{step.data(), got};
    VISIONSHARD_TRY(to.append({&piece, 1}));
    at += static_cast<off_t>(got);
    bytes -= got;
  }
  return {};
}

}  // namespace

RunResult<void> GatheredRanges::add(const RangeRecord& range, AtomicFile& to) {
  ranges_.push_back(range);
  if (is_short(range)) short_bytes_ += range.bytes + sizeof range;
  // Long ones in order after one another need no gathering.
  const bool only_long = short_bytes_ == 0;
  return only_long || short_bytes_ >= memory_bytes_ ? flush(to) : RunResult<void>();
}

RunResult<void> GatheredRanges::use(std::uint64_t source) {
  if (source_number_ == source) return {};
  source_ = VISIONSHARD_TRY(open_(source));
  source_number_ = source;
  return {};
}

RunResult<void> GatheredRanges::read_short_ranges() {
  struct Slot {
    RangeRecord range;
    std::uint64_t at;  // in the text
  };
  std::vector<Slot> slots;
  std::uint64_t bytes = 0;
  for (const RangeRecord& range : ranges_) {
    if (!is_short(range)) continue;
    slots.push_back({range, bytes});
    bytes += range.bytes;
  }
  text_.resize(bytes);
  std::ranges::sort(slots, {}, [](const Slot& slot) { return std::pair(slot.range.source, slot.range.offset); });
  Bytes buffer;
  for (std::size_t first = 0, end; first < slots.size(); first = end) {
    const RangeRecord& begin = slots[first].range;
    std::uint64_t last = begin.offset + begin.bytes;
    for (end = first + 1; end < slots.size(); ++end) {
      const RangeRecord& next = slots[end].range;
      if (next.source != begin.source || next.offset > last + max_gap_bytes ||
          next.offset + next.bytes > begin.offset + max_read_bytes)
        break;
      last = std::max(last, next.offset + next.bytes);
    }
    VISIONSHARD_TRY(use(begin.source));
    buffer.resize(last - begin.offset);
    auto got = VISIONSHARD_TRY(read_at(source_.file.get(), buffer.data(), buffer.size(), begin.offset, source_.path));
    if (got != buffer.size()) return run_fault(source_.path + ": became shorter");
    for (std::size_t i = first; i < end; ++i)
      std::memcpy(text_.data() + slots[i].at, buffer.data() + (slots[i].range.offset - begin.offset),
                  slots[i].range.bytes);
  }
  return {};
}

RunResult<void> GatheredRanges::flush(AtomicFile& to) {
  VISIONSHARD_TRY(read_short_ranges());
  std::uint64_t written = 0, gathered = 0;
  const auto append_text = [&]() -> RunResult<void> {
    if (gathered == written) return {};
    iovec piece{text_.data() + written, gathered - written};
    written = gathered;
    return to.append({&piece, 1});
  };
  for (const RangeRecord& range : ranges_) {
    if (is_short(range)) {
      gathered += range.bytes;
      continue;
    }
    VISIONSHARD_TRY(append_text());
    VISIONSHARD_TRY(use(range.source));
    VISIONSHARD_TRY(append_range(source_.file, range.offset, range.bytes, to, source_.path));
  }
  VISIONSHARD_TRY(append_text());
  ranges_.clear();
  short_bytes_ = 0;
  return {};
}

}  // namespace visionshard::distribute
