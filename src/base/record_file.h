// Flat records, one after the other, as the machine has them in memory: little-endian on all that this runs on.
#pragma once

#include <sys/uio.h>

#include <bit>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "base/file.h"
#include "base/xxh128.h"

namespace visionshard {

static_assert(std::endian::native == std::endian::little);

struct FileDigest {
  std::uint64_t bytes = 0;
  std::string xxh128;

  bool operator==(const FileDigest&) const = default;
};

/// Writes one file. Not thread-safe. Where nothing was added there is no file.
template <class Record>
class RecordWriter {
  static_assert(std::has_unique_object_representations_v<Record> && std::is_trivially_copyable_v<Record>);

 public:
  explicit RecordWriter(std::string path) : path_(std::move(path)) {}

  RunResult<void> add(const Record& record) {
    buffer_.push_back(record);
    return buffer_.size() < buffered_records ? RunResult<void>() : flush();
  }

  /// Sees all records to the file, and with Durability::synced to the disk.
  RunResult<FileDigest> finish(Durability durability) {
    VISIONSHARD_TRY(flush());
    if (file_ && durability == Durability::synced) VISIONSHARD_TRY(sync_file(file_.get(), path_));
    if (const int error = file_.close()) return system_fault(path_, "write", error);
    return FileDigest{bytes_, hexadecimal(digest_.finish())};
  }

 private:
  static constexpr std::size_t buffered_records = (64 << 10) / sizeof(Record);

  RunResult<void> flush() {
    if (buffer_.empty()) return {};
    if (!file_) {
      file_ = VISIONSHARD_TRY(create_file(path_));
    }
    iovec piece{buffer_.data(), buffer_.size() * sizeof(Record)};
    digest_.update(std::as_bytes(std::span(buffer_)));
    auto written = write_pieces(file_.get(), {&piece, 1}, bytes_, path_);
    bytes_ += buffer_.size() * sizeof(Record);
    buffer_.clear();
    return written;
  }

  std::string path_;
  FileDescriptor file_;
  std::uint64_t bytes_ = 0;
  Xxh128 digest_;
  std::vector<Record> buffer_;
};

/// Reads one file from its beginning, or none where it is said to have no bytes. Not thread-safe.
template <class Record>
class RecordReader {
 public:
  /// From record `first` on. Fault: the file is not there, or has another number of bytes.
  static RunResult<RecordReader> open(const std::string& path, std::uint64_t bytes, std::uint64_t first = 0) {
    RecordReader reader;
    reader.path_ = path;
    reader.at_record_ = first;
    reader.left_ = bytes / sizeof(Record) - first;
    if (reader.left_ == 0) return reader;
    reader.file_ = VISIONSHARD_TRY(open_file(path, bytes));
    return reader;
  }

  /// The next record; nullptr after the last. It holds until the next call.
  RunResult<const Record*> next() {
    if (at_ == buffer_.size()) {
      buffer_.resize(std::min<std::uint64_t>(left_, (64 << 10) / sizeof(Record)));
      at_ = 0;
      if (buffer_.empty()) return nullptr;
      const std::size_t want = buffer_.size() * sizeof(Record);
      auto got = VISIONSHARD_TRY(
          read_at(file_.get(), reinterpret_cast<std::byte*>(buffer_.data()), want, at_record_ * sizeof(Record), path_));
      if (got != want) return run_fault(path_ + ": became shorter");
      left_ -= buffer_.size();
      at_record_ += buffer_.size();
    }
    return &buffer_[at_++];
  }

 private:
  std::string path_;
  FileDescriptor file_;
  std::uint64_t left_ = 0;
  std::uint64_t at_record_ = 0;
  std::vector<Record> buffer_;
  std::size_t at_ = 0;
};

}  // namespace visionshard
