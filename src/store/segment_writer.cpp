#include "store/segment_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace visionshard::store {
namespace {

namespace fs = std::filesystem;

// Removes what follows the last byte that a record names.
RunResult<void> cut(const std::string& path, std::uint64_t end) {
  const auto state = VISIONSHARD_TRY(file_state(path));
  if (state.bytes < end)
    return run_fault(fmt::format(
        "{}: has {} bytes where the task's log names {}: bodies are lost; copy the store again, or remove the task's "
        "log and segments, so that its URLs are fetched again",
        path, state.bytes, end));
  if (state.bytes > end && ::truncate(path.c_str(), static_cast<off_t>(end)) != 0)
    return system_fault(path, "cut", errno);
  return {};
}

}  // namespace

RunResult<SegmentWriter> SegmentWriter::open(const StorePaths& paths, const std::string& task, const SegmentEnds& ends,
                                             std::uint64_t max_segment_bytes, Durability durability) {
  SegmentWriter writer;
  writer.paths_ = paths;
  writer.task_ = task;
  writer.max_segment_bytes_ = max_segment_bytes;
  writer.durability_ = durability;
  for (const auto& [number, end] : ends) VISIONSHARD_TRY(cut(paths.segment(segment_name(task, number)), end));
  writer.number_ = ends.empty() ? 0 : ends.rbegin()->first + 1;
  // Segments that no record names yet. They were made in order.
  for (std::uint64_t number = writer.number_;; ++number) {
    const std::string path = paths.segment(segment_name(task, number));
    if (::unlink(path.c_str()) == 0) continue;
    if (errno != ENOENT) return system_fault(path, "remove", errno);
    break;
  }
  if (ends.empty()) return writer;
  --writer.number_;
  writer.offset_ = ends.rbegin()->second;
  const std::string path = paths.segment(writer.name());
  writer.file_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!writer.file_) return system_fault(path, "open", errno);
  return writer;
}

RunResult<void> SegmentWriter::create() {
  file_ = VISIONSHARD_TRY(create_file(paths_.segment(name())));
  if (durability_ == Durability::synced) VISIONSHARD_TRY(sync_directory(paths_.bodies()));
  return {};
}

RunResult<void> SegmentWriter::begin(std::uint64_t bytes) {
  if (!file_) return create();
  if (offset_ == 0 || offset_ + bytes <= max_segment_bytes_) return {};
  VISIONSHARD_TRY(sync());
  ++number_;
  offset_ = 0;
  return create();
}

RunResult<void> SegmentWriter::write(ByteView bytes) {
  is_synced_ = false;
  iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};
  VISIONSHARD_TRY(write_pieces(file_.get(), {&piece, 1}, offset_, paths_.segment(name())));
  offset_ += bytes.size();
  return {};
}

RunResult<void> SegmentWriter::sync() {
  if (!is_synced_ && durability_ == Durability::synced) VISIONSHARD_TRY(sync_file(file_.get(), paths_.segment(name())));
  is_synced_ = true;
  return {};
}

}  // namespace visionshard::store
