// Finds the URLs of a block of lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "line/line_batch.h"
#include "line/scratch.h"
#include "store/url_key.h"

namespace visionshard::fetching {

/// The URL of an image value: the value itself, not its spelling.
struct CollectedUrl {
  std::size_t begin = 0;  // in UrlBatch::urls
  std::size_t bytes = 0;
  store::UrlKey key{};
  std::uint64_t host = 0;  // host_hash(); 0 where the URL cannot be read
};

class UrlBatch final : public line::LineBatch {
 public:
  std::string urls;
  std::vector<CollectedUrl> collected;

  std::string_view url(const CollectedUrl& c) const noexcept { return std::string_view(urls).substr(c.begin, c.bytes); }
  void clear() override {
    LineBatch::clear();
    urls.clear();
    collected.clear();
  }
};

/// Of every image part of every line that is JSON, whatever else is wrong with the line, and of the chat line that a
/// line in another layout becomes. Thread-safe for different batches.
RunResult<void> collect_urls(UrlBatch& batch, const LineOptions& options, line::Scratch& scratch);

}  // namespace visionshard::fetching
