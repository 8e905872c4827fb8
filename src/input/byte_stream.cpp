#include "input/byte_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <cerrno>

namespace visionshard::input {
namespace {

constexpr std::size_t compressed_chunk_bytes = 256 << 10;

// The file's bytes; the first few, from which its compression was detected, are returned again.
class RawFile {
 public:
  RawFile(FileDescriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  RunResult<void> peek() {
    head_size_ = VISIONSHARD_TRY(read_full(fd_.get(), head_, sizeof head_, path_));
    return {};
  }
  ByteView head() const noexcept { return {head_, head_size_}; }

  RunResult<std::size_t> read(std::byte* out, std::size_t size) {
    const std::size_t from_head = std::min(size, head_size_ - head_used_);
    std::memcpy(out, head_ + head_used_, from_head);
    head_used_ += from_head;
    auto got = VISIONSHARD_TRY(read_full(fd_.get(), out + from_head, size - from_head, path_));
    bytes_ += from_head + got;
    return from_head + got;
  }
  // Skips the next `bytes`; false if the file does not support seeking.
  bool seek(std::uint64_t bytes) {
    struct stat status;
    const std::uint64_t target = bytes_ + bytes;
    if (::fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        static_cast<std::uint64_t>(status.st_size) < target ||
        ::lseek(fd_.get(), static_cast<off_t>(target), SEEK_SET) < 0)
      return false;
    head_used_ = head_size_;
    bytes_ = target;
    return true;
  }
  std::uint64_t bytes() const noexcept { return bytes_; }
  const std::string& path() const noexcept { return path_; }

 private:
  FileDescriptor fd_;
  std::string path_;
  std::byte head_[4];
  std::size_t head_size_ = 0;
  std::size_t head_used_ = 0;
  std::uint64_t bytes_ = 0;
};

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(RawFile file) : file_(std::move(file)) {}
  RunResult<std::size_t> read(std::byte* out, std::size_t size) override { return file_.read(out, size); }
  RunResult<void> skip(std::uint64_t bytes) override {
    return file_.seek(bytes) ? RunResult<void>() : ByteStream::skip(bytes);
  }
  std::uint64_t file_bytes() const noexcept override { return file_.bytes(); }

 private:
  RawFile file_;
};

class GzipStream final : public ByteStream {
 public:
  explicit GzipStream(RawFile file) : file_(std::move(file)), chunk_(compressed_chunk_bytes) {
    if (inflateInit2(&z_, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  ~GzipStream() override { inflateEnd(&z_); }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  RunResult<std::size_t> read(std::byte* out, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      if (z_.avail_in == 0) {
        VISIONSHARD_TRY(fill());
        if (z_.avail_in == 0) {
          if (in_member_) return run_fault(fmt::format("{}: the gzip stream is cut off", file_.path()));
          break;
        }
      }
      if (!in_member_) {
        // Zeros fill up blocks of tapes (RFC 1952 says nothing of them, gzip(1) ignores them). Anything else may be
        // text that would be lost.
        if (*z_.next_in == 0) {
          ++z_.next_in;
          --z_.avail_in;
          continue;
        }
        if (*z_.next_in != 0x1f)
          return run_fault(fmt::format("{}: something else follows after the gzip stream; give it as a file of its own",
                                       file_.path()));
        inflateReset(&z_);
        in_member_ = true;
      }
      const std::size_t want = std::min<std::size_t>(size - done, 1u << 30);
      z_.next_out = reinterpret_cast<Bytef*>(out + done);
      z_.avail_out = static_cast<uInt>(want);
      const int status = inflate(&z_, Z_NO_FLUSH);
      done += want - z_.avail_out;
      if (status == Z_STREAM_END) {
        in_member_ = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        return run_fault(fmt::format("{}: the gzip stream is damaged: {}", file_.path(),
                                     z_.msg != nullptr ? z_.msg : "no reason given"));
      }
    }
    return done;
  }
  std::uint64_t file_bytes() const noexcept override { return file_.bytes(); }

 private:
  RunResult<void> fill() {
    auto got = VISIONSHARD_TRY(file_.read(chunk_.data(), chunk_.size()));
    z_.next_in = reinterpret_cast<Bytef*>(chunk_.data());
    z_.avail_in = static_cast<uInt>(got);
    return {};
  }

  RawFile file_;
  Bytes chunk_;
  z_stream z_{};
  bool in_member_ = true;
};

class ZstdStream final : public ByteStream {
 public:
  explicit ZstdStream(RawFile file) : file_(std::move(file)), chunk_(compressed_chunk_bytes), d_(ZSTD_createDStream()) {
    if (d_ == nullptr) throw std::bad_alloc();
  }
  ~ZstdStream() override { ZSTD_freeDStream(d_); }
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;

  RunResult<std::size_t> read(std::byte* out, std::size_t size) override {
    ZSTD_outBuffer output{out, size, 0};
    while (output.pos < output.size) {
      if (input_.pos == input_.size) {
        auto got = VISIONSHARD_TRY(file_.read(chunk_.data(), chunk_.size()));
        input_ = {chunk_.data(), got, 0};
        if (got == 0 && !flushing_) {
          if (in_frame_) return run_fault(fmt::format("{}: the zstd stream is cut off", file_.path()));
          break;
        }
      }
      const std::size_t in_before = input_.pos;
      const std::size_t out_before = output.pos;
      const std::size_t status = ZSTD_decompressStream(d_, &output, &input_);
      if (ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge)
        return run_fault(
            fmt::format("{}: was compressed with a window of more than 128 MiB; give what zstd -dc --long=31 makes of "
                        "it on standard input",
                        file_.path()));
      if (ZSTD_isError(status))
        return run_fault(fmt::format("{}: the zstd stream is damaged: {}", file_.path(), ZSTD_getErrorName(status)));
      // Between frames the decoder asks for a next header; only a call that consumed or produced bytes shows that a
      // frame began.
      if (input_.pos != in_before || output.pos != out_before) in_frame_ = status != 0;
      flushing_ = output.pos == output.size;
    }
    return output.pos;
  }
  std::uint64_t file_bytes() const noexcept override { return file_.bytes(); }

 private:
  RawFile file_;
  Bytes chunk_;
  ZSTD_DStream* d_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  bool in_frame_ = false;
  bool flushing_ = false;  // the decoder may hold text that did not fit into the last call's output
};

bool starts_with(ByteView bytes, std::initializer_list<unsigned> magic) {
  if (bytes.size() < magic.size()) return false;
  std::size_t i = 0;
  for (const unsigned m : magic)
    if (bytes[i++] != static_cast<std::byte>(m)) return false;
  return true;
}

enum class Compression { none, gzip, zstd };

// zstd: RFC 8878 section 3.1.1 and the skippable frames of 3.1.2; gzip: RFC 1952 section 2.3.1.
Compression compression_of(ByteView head) {
  const bool skippable = head.size() == 4 && (head[0] & std::byte{0xF0}) == std::byte{0x50} &&
                         starts_with(head.subspan(1), {0x2A, 0x4D, 0x18});
  if (starts_with(head, {0x28, 0xB5, 0x2F, 0xFD}) || skippable) return Compression::zstd;
  return starts_with(head, {0x1F, 0x8B}) ? Compression::gzip : Compression::none;
}

}  // namespace

RunResult<bool> is_plain_file(const std::string& path) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_fault(path, "open", errno);
  std::byte head[4];
  auto got = VISIONSHARD_TRY(read_full(fd.get(), head, sizeof head, path));
  return compression_of({head, got}) == Compression::none;
}

RunResult<void> ByteStream::skip(std::uint64_t bytes) {
  Bytes step(compressed_chunk_bytes);
  while (bytes > 0) {
    auto got = VISIONSHARD_TRY(read(step.data(), std::min<std::uint64_t>(bytes, step.size())));
    if (got == 0) return run_fault("the input has become shorter");
    bytes -= got;
  }
  return {};
}

RunResult<std::unique_ptr<ByteStream>> open_stream(const std::string& path) {
  const bool standard_input = path == "-";
  FileDescriptor fd(standard_input ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_fault(path, "open", errno);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return system_fault(path, "open", errno);
  if (S_ISDIR(status.st_mode)) return system_fault(path, "read", EISDIR);
  if (S_ISREG(status.st_mode)) ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  RawFile file(std::move(fd), standard_input ? "standard input" : path);
  VISIONSHARD_TRY(file.peek());
  switch (compression_of(file.head())) {
    case Compression::zstd: return std::make_unique<ZstdStream>(std::move(file));
    case Compression::gzip: return std::make_unique<GzipStream>(std::move(file));
    case Compression::none: break;
  }
  return std::make_unique<PlainStream>(std::move(file));
}

}  // namespace visionshard::input
