// Undoes a Content-Encoding. No request asks for one, but some servers compress all the same.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/bytes.h"

namespace visionshard::fetching {

/// Of one body; not thread-safe.
class ContentDecoder {
 public:
  /// `encoding` in lower case. nullptr: it is not known here. Those of gzip and deflate are.
  static std::unique_ptr<ContentDecoder> make(std::string_view encoding);
  ~ContentDecoder();
  ContentDecoder(const ContentDecoder&) = delete;
  ContentDecoder& operator=(const ContentDecoder&) = delete;

  /// Where decoded bytes go; false ends the decoding.
  using Take = std::function<bool(ByteView decoded)>;
  /// False: the bytes are damaged, or `take` wants no more.
  bool decode(ByteView bytes, const Take& take);
  /// Whether the encoded bytes came to their end.
  bool is_complete() const noexcept;

 private:
  struct Stream;

  ContentDecoder();

  std::unique_ptr<Stream> stream_;
};

}  // namespace visionshard::fetching
