#include "fetch/content_decoder.h"

#include <zlib.h>

#include <array>
#include <new>
#include <string>
#include <utility>

namespace visionshard::fetching {

struct ContentDecoder::Stream {
  z_stream z{};
  std::string begin;
  bool at_end = false;
  bool has_begun = false;

  ~Stream() { ::inflateEnd(&z); }
};

ContentDecoder::ContentDecoder() : stream_(std::make_unique<Stream>()) {
  // 32: gzip or zlib, which the first bytes tell apart.
  if (::inflateInit2(&stream_->z, 32 + MAX_WBITS) != Z_OK) throw std::bad_alloc();
}

ContentDecoder::~ContentDecoder() = default;

std::unique_ptr<ContentDecoder> ContentDecoder::make(std::string_view encoding) {
  if (encoding != "gzip" && encoding != "x-gzip" && encoding != "deflate") return nullptr;
  return std::unique_ptr<ContentDecoder>(new ContentDecoder);
}

bool ContentDecoder::decode(ByteView bytes, const Take& take) {
  // The first two bytes tell whether there is a header.
  std::string& begin = stream_->begin;
  if (!stream_->has_begun && begin.size() + bytes.size() < 2) {
    begin += as_text(bytes);
    return true;
  }
  if (!begin.empty()) return decode(as_bytes(std::exchange(begin, {}) + std::string(as_text(bytes))), take);
  z_stream& z = stream_->z;
  z.next_in = const_cast<Bytef*>(as_uchar(bytes));
  z.avail_in = static_cast<uInt>(bytes.size());
  std::array<unsigned char, 32 << 10> out;
  while (z.avail_in > 0 || z.avail_out == 0) {
    // Further members of gzip are one body; anything else after the end is left out.
    if (stream_->at_end) {
      if (z.avail_in == 0 || *z.next_in != 0x1F) return true;
      stream_->at_end = false;
      ::inflateReset(&z);
    }
    z.next_out = out.data();
    z.avail_out = static_cast<uInt>(out.size());
    const int status = ::inflate(&z, Z_NO_FLUSH);
    if (status == Z_DATA_ERROR && !stream_->has_begun) {
      // Some servers take "deflate" for raw deflate, without the header of zlib.
      stream_->has_begun = true;
      z.next_in = const_cast<Bytef*>(as_uchar(bytes));
      z.avail_in = static_cast<uInt>(bytes.size());
      ::inflateReset2(&z, -MAX_WBITS);
      continue;
    }
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return false;
    stream_->has_begun = true;
    const std::size_t made = out.size() - z.avail_out;
    if (made > 0 && !take(ByteView(reinterpret_cast<const std::byte*>(out.data()), made))) return false;
    stream_->at_end = status == Z_STREAM_END;
    if (status == Z_BUF_ERROR) break;
  }
  return true;
}

bool ContentDecoder::is_complete() const noexcept { return stream_->at_end; }

}  // namespace visionshard::fetching
