#include "store/body_buffer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace visionshard::store {
namespace {

RunResult<FileDescriptor> nameless_file(const std::string& directory) {
  FileDescriptor file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
    if (!file) return system_fault(directory, "create a temporary file in", errno);
    return file;
  }
  // A filesystem without such files, as NFS.
  std::string path = directory + "/.body.XXXXXX";
  file = FileDescriptor(::mkostemp(path.data(), O_CLOEXEC));
  if (!file) return system_fault(path, "create", errno);
  ::unlink(path.c_str());
  return file;
}

}  // namespace

RunResult<void> BodyBuffer::append(ByteView bytes) {
  sha256_.update(bytes);
  xxh128_.update(bytes);
  bytes_ += bytes.size();
  if (memory_.size() + bytes.size() <= max_memory_bytes) {
    if (memory_.capacity() == 0)
      memory_.reserve(std::min(max_memory_bytes, std::max<std::size_t>(bytes.size(), 16384)));
    memory_.append(bytes);
    return {};
  }
  if (!file_) file_ = VISIONSHARD_TRY(nameless_file(directory_));
  iovec pieces[] = {{memory_.data(), memory_.size()}, {const_cast<std::byte*>(bytes.data()), bytes.size()}};
  VISIONSHARD_TRY(write_pieces(file_.get(), pieces, file_bytes_, directory_));
  file_bytes_ += memory_.size() + bytes.size();
  memory_.clear();
  return {};
}

RunResult<ByteView> BodyBuffer::view(Bytes& spare) const {
  if (!file_) return memory_.view();
  spare.resize(bytes_);
  const auto got = VISIONSHARD_TRY(read_at(file_.get(), spare.data(), file_bytes_, 0, directory_));
  if (got != file_bytes_) return run_fault(directory_ + ": a temporary file became shorter");
  if (!memory_.empty()) std::memcpy(spare.data() + file_bytes_, memory_.data(), memory_.size());
  return spare.view();
}

void BodyBuffer::clear() {
  memory_.clear();
  file_ = FileDescriptor();
  file_bytes_ = bytes_ = 0;
  sha256_.finish();
  xxh128_.finish();
}

}  // namespace visionshard::store
