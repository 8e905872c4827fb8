#include "store/store_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "store/log_reader.h"
#include "store/store_directory.h"

namespace visionshard::store {
namespace {

// 4 MB. Equal bodies are mostly the same picture in place of many that are gone, and stand near each other.
constexpr std::size_t known_body_slots = 1 << 16;
constexpr std::size_t copy_bytes = 1 << 20;

// The number of a segment of this task; nothing for one of another.
std::optional<std::uint64_t> number_of(std::string_view segment, std::string_view task) {
  if (!segment.starts_with(task) || segment.size() <= task.size() || segment[task.size()] != '-') return std::nullopt;
  const std::string_view digits = segment.substr(task.size() + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return segment == segment_name(std::string(task), number) ? std::optional(number) : std::nullopt;
}

}  // namespace

RunResult<StoreWriter> StoreWriter::open(const std::string& directory, const std::string& task,
                                         const StoreWriterOptions& options) {
  if (!is_task_name(task))
    return refusal(
        fmt::format("\"{}\" is no name for a store's task: letters, digits, '.', '_' and '-', at most 64", task));
  StoreWriter writer;
  writer.paths_ = StorePaths(directory);
  writer.task_ = task;
  writer.options_ = options;
  VISIONSHARD_TRY(make_store(writer.paths_, options.durability));
  VISIONSHARD_TRY(writer.take_locks(task));
  VISIONSHARD_TRY(writer.recover(task));
  return writer;
}

RunResult<void> StoreWriter::take_locks(const std::string& task) {
  store_lock_ = VISIONSHARD_TRY(lock_file(paths_.lock(), LOCK_SH, paths_.base + ": the store is being sealed"));
  const std::string path = paths_.log(task);
  log_ = VISIONSHARD_TRY(
      lock_file(path, LOCK_EX, fmt::format("{}: another process is writing to it; wait for its end", path)));
  return {};
}

RunResult<void> StoreWriter::recover(const std::string& task) {
  known_bodies_.resize(known_body_slots);
  const std::string path = paths_.log(task);
  auto log = VISIONSHARD_TRY(LogReader::open(path));
  SegmentEnds ends;
  for (;;) {
    const auto record = VISIONSHARD_TRY(log.next());
    if (!record) break;
    ++recovery_.records;
    last_time_ms_ = std::max(last_time_ms_, record->time_ms);
    if (!record->body) continue;
    const StoredBody& body = *record->body;
    const auto number = number_of(body.segment, task);
    if (!number) continue;
    std::uint64_t& end = ends[*number];
    end = std::max(end, body.offset + body.bytes);
    slot_of(body.sha256) = {body.sha256, body.bytes, *number, body.offset};
  }
  const auto state = VISIONSHARD_TRY(file_state(path));
  log_bytes_ = log.whole_bytes();
  recovery_.cut_bytes = state.bytes - log_bytes_;
  if (recovery_.cut_bytes > 0 && ::ftruncate(log_.get(), static_cast<off_t>(log_bytes_)) != 0)
    return system_fault(path, "cut", errno);
  segments_ = VISIONSHARD_TRY(SegmentWriter::open(paths_, task, ends, options_.max_segment_bytes, options_.durability));
  return options_.durability == Durability::synced ? sync_directory(paths_.logs()) : RunResult<void>();
}

StoreWriter::KnownBody& StoreWriter::slot_of(const Sha256::Digest& sha256) {
  std::uint64_t slot;
  std::memcpy(&slot, sha256.data(), sizeof slot);
  return known_bodies_[slot % known_body_slots];
}

RunResult<void> StoreWriter::append_body(const BodyBuffer& body, StoredBody& stored) {
  stored.bytes = body.bytes_;
  KnownBody& known = slot_of(stored.sha256);
  if (known.sha256 == stored.sha256 && known.bytes == stored.bytes) {
    stored.segment = segment_name(task_, known.segment);
    stored.offset = known.offset;
    return {};
  }
  VISIONSHARD_TRY(segments_.begin(stored.bytes));
  stored.segment = segments_.name();
  stored.offset = segments_.offset();
  Bytes piece;
  for (std::uint64_t at = 0; at < body.file_bytes_; at += piece.size()) {
    piece.resize(std::min<std::uint64_t>(copy_bytes, body.file_bytes_ - at));
    const auto got = VISIONSHARD_TRY(read_at(body.file_.get(), piece.data(), piece.size(), at, body.directory_));
    if (got != piece.size()) return run_fault(body.directory_ + ": a temporary file became shorter");
    VISIONSHARD_TRY(segments_.write(piece));
  }
  VISIONSHARD_TRY(segments_.write(body.memory_));
  known = {stored.sha256, stored.bytes, *number_of(stored.segment, task_), stored.offset};
  waiting_bytes_ += stored.bytes;
  return {};
}

RunResult<void> StoreWriter::add(UrlRecord record, BodyBuffer& body) {
  StoredBody stored;
  stored.sha256 = body.sha256_.finish();
  stored.xxh128 = body.xxh128_.finish();
  VISIONSHARD_TRY(append_body(body, stored));
  body.clear();
  record.failure.reset();
  record.body = std::move(stored);
  return add(std::move(record));
}

RunResult<void> StoreWriter::add(UrlRecord record) {
  record.time_ms = last_time_ms_ = std::max(last_time_ms_, record.time_ms);
  if (waiting_records_ == 0) waiting_since_ = std::chrono::steady_clock::now();
  waiting_ += record_line(record);
  ++waiting_records_;
  return waiting_records_ >= options_.max_waiting_records || waiting_bytes_ >= options_.max_waiting_bytes
             ? sync()
             : sync_if_due();
}

void StoreWriter::begin_after(std::uint64_t time_ms) noexcept {
  last_time_ms_ = std::max(last_time_ms_, std::min(time_ms, UINT64_MAX - 1) + 1);
}

RunResult<void> StoreWriter::unseal() {
  if (!std::exchange(may_be_sealed_, false)) return {};
  const std::string path = paths_.seal();
  if (::unlink(path.c_str()) != 0) return errno == ENOENT ? RunResult<void>() : system_fault(path, "remove", errno);
  return options_.durability == Durability::synced ? sync_directory(paths_.base) : RunResult<void>();
}

RunResult<void> StoreWriter::sync() {
  if (waiting_records_ == 0) return {};
  VISIONSHARD_TRY(segments_.sync());
  VISIONSHARD_TRY(unseal());
  const std::string path = paths_.log(task_);
  iovec piece{waiting_.data(), waiting_.size()};
  VISIONSHARD_TRY(write_pieces(log_.get(), {&piece, 1}, log_bytes_, path));
  if (options_.durability == Durability::synced) VISIONSHARD_TRY(sync_file(log_.get(), path));
  log_bytes_ += waiting_.size();
  waiting_.clear();
  waiting_records_ = 0;
  waiting_bytes_ = 0;
  return {};
}

RunResult<void> StoreWriter::sync_if_due() {
  const bool is_due = waiting_records_ > 0 && std::chrono::steady_clock::now() - waiting_since_ >= options_.max_wait;
  return is_due ? sync() : RunResult<void>();
}

RunResult<void> StoreWriter::close() {
  VISIONSHARD_TRY(sync());
  log_ = FileDescriptor();
  store_lock_ = FileDescriptor();
  return {};
}

}  // namespace visionshard::store
