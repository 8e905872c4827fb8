// Decodes or reads the image bytes that an image value refers to.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base64/base64.h"
#include "codec/image_info.h"
#include "example/example_spans.h"
#include "line/line_context.h"
#include "line/scratch.h"

namespace visionshard::line {

enum class PayloadOrigin : std::uint8_t { data_url, local_file, store };

struct Payload {
  ByteView bytes;
  base64::Status status = base64::Status::clean;
  std::size_t begin = 0;  // of the base64 text, in the value without quotes
  PayloadOrigin origin = PayloadOrigin::data_url;
  Bytes file;               // keeps the bytes of a local file
  store::StoredUrl stored;  // of an image from the store
};

/// What the stage that parses lines needs besides. The images of its line may be decoded already. They are not admitted
/// by the budget: a large image of the store or of a file therefore keeps the lock, and what it is read into is freed
/// before the lock is.
class ParseStage {
 public:
  explicit ParseStage(Scratch& scratch) : scanner_(scratch.scanner), buffer_(scratch.payload) {}
  ~ParseStage() {
    if (large_image_) buffer_ = Bytes();
  }
  ParseStage(const ParseStage&) = delete;
  ParseStage& operator=(const ParseStage&) = delete;

  std::optional<ByteView> decoded(std::string_view encoded) const noexcept { return scanner_.decoded(encoded); }
  /// To be called before an image of so many bytes is read. Waits where another thread has a large one.
  void hold(std::uint64_t bytes, std::mutex& large_image) {
    if (bytes > large_image_bytes) large_image_ = std::unique_lock(large_image);
  }

  std::string respelled_url;  // of a web URL, where it needs another spelling

 private:
  // Those below may be held by each thread at a time.
  static constexpr std::uint64_t large_image_bytes = 4 << 20;

  const LineScanner& scanner_;
  Bytes& buffer_;
  std::unique_lock<std::mutex> large_image_;
};

/// A JSON string without its quotes.
inline std::string_view inside(std::string_view line, example::Range value) {
  return line.substr(value.begin + 1, value.size() - 2);
}

/// The image's bytes: decoded, perhaps before, or read from the store into `buffer`, or read from a file. `text` is the
/// value without its quotes. A web URL has no payload unless the context has a store. In the stage that parses lines,
/// `buffer` is that of `stage`. Faults: of the image, or the system fails to read a file. Throws std::bad_alloc.
LoadResult<std::optional<Payload>> load(std::string_view text, const LineContext& context, Bytes& buffer,
                                        ParseStage* stage = nullptr);

/// codec::probe() of a payload that load() returned. Where the image is damaged because blanks replace characters of
/// the base64, the fault is bad_base64 and says so.
ImageResult<codec::ImageInfo> probe_payload(std::string_view text, const Payload& payload);

/// "data:image/png;base64,..." with the bytes encoded.
Bytes data_url(codec::Format format, ByteView bytes);

/// Its length for so many bytes.
std::uint64_t data_url_chars(codec::Format format, std::size_t bytes) noexcept;

}  // namespace visionshard::line
