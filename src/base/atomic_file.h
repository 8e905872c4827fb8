// A file has its name only when all of it is there: write, sync, close, rename, sync the directory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"

namespace visionshard {

/// What becomes of the temporary file when its owner ends.
enum class Temporary : bool { kept, removed };

/// What publish() does about a file that has the name already.
enum class Existing : bool { replaced, refused };

/// Writes to a temporary name until it is published. write() may be called from several threads, for different ranges;
/// all other functions from one thread at a time.
class AtomicFile {
 public:
  /// No file.
  AtomicFile() = default;
  /// One that is open already.
  AtomicFile(FileDescriptor file, std::string temporary_path, std::string path, Durability durability,
             Temporary temporary);
  /// A new one. A file that has the temporary name is removed.
  static RunResult<AtomicFile> create(std::string temporary_path, std::string path, Durability durability,
                                      Temporary temporary);

  AtomicFile(AtomicFile&& other) noexcept { swap(other); }
  AtomicFile& operator=(AtomicFile&& other) noexcept {
    swap(other);
    return *this;
  }
  ~AtomicFile();

  /// Whether it can be written to.
  explicit operator bool() const noexcept { return static_cast<bool>(file_); }
  int descriptor() const noexcept { return file_.get(); }
  const std::string& temporary_path() const noexcept { return temporary_path_; }

  /// All pieces, at `offset`; they are used up. Not after sync().
  RunResult<void> write(std::span<iovec> pieces, std::uint64_t offset) const;
  /// All pieces, after what was appended before; they are used up.
  RunResult<void> append(std::span<iovec> pieces);
  RunResult<void> append(std::string_view text);

  /// With Durability::synced it returns when all bytes are on the disk.
  RunResult<void> sync();
  /// Closes the file until sync(): nothing more is written to it.
  RunResult<void> release();
  /// Syncs what is not yet synced, closes the file, renames it, and syncs its directory.
  RunResult<void> publish(Existing existing);
  /// The same, but gives the file its name only if no file has it: see publish_file(). May be called again where it
  /// returned false.
  RunResult<bool> publish_if_first();

 private:
  void swap(AtomicFile& other) noexcept;
  RunResult<void> close();
  RunResult<void> sync_parent() const;

  FileDescriptor file_;
  std::string temporary_path_;
  std::string path_;
  Durability durability_ = Durability::none;
  Temporary temporary_ = Temporary::kept;
  bool synced_ = false;
};

/// Writes `text` to `temporary_path` and gives it the name `path`. After a fault neither is there, or `path` is what it
/// was.
RunResult<void> write_file_atomically(const std::string& path, std::string_view text, Durability durability,
                                      const std::string& temporary_path);

/// The same with a temporary name beside `path`.
RunResult<void> write_file_atomically(const std::string& path, std::string_view text, Durability durability);

}  // namespace visionshard
