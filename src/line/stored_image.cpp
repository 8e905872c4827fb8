#include "line/stored_image.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.h"
#include "base/machine.h"
#include "base/printable_url.h"
#include "store/url_key.h"

namespace visionshard::line {
namespace {

std::string failure_detail(const store::StoredUrl& found) {
  switch (*found.failure) {
    case FaultCode::url_status:
      return found.status > 0 ? fmt::format("the server answered with status {}", found.status)
                              : "the server answered with an error, each time it was asked";
    case FaultCode::url_unreachable: return "there was no answer, or it broke off";
    case FaultCode::url_not_image: return "what it gave is no image";
    case FaultCode::url_too_large: return "what it gave is larger than fetch was to take";
    case FaultCode::url_private: return "it leads to an address that is not public";
    default: return "the server does not allow its images for training";
  }
}

}  // namespace

RunResult<std::shared_ptr<const store::StoreReader>> open_store(const LineOptions& options) {
  if (options.store.empty()) return std::shared_ptr<const store::StoreReader>();
  std::shared_ptr<const store::StoreReader> opened = VISIONSHARD_TRY(store::StoreReader::open(options.store));
  if (!options.store_xxh128.empty() && opened->index_xxh128() != options.store_xxh128)
    return run_fault(fmt::format("{}: is another store: its index has the digest {}, and {} is wanted", options.store,
                                 opened->index_xxh128(), options.store_xxh128));
  return opened;
}

RunResult<std::shared_ptr<const store::StoreReader>> open_store_to_inline(const LineOptions& options) {
  if ((options.urls == UrlsOption::inlined) == options.store.empty())
    return refusal("images by URL are inlined from a store: give both --urls inline and --store, or neither");
  return open_store(options);
}

std::size_t block_bytes_for(const LineContext& context, std::uint64_t memory_bytes) {
  // What a line with one URL takes at least; and more lines gain nothing.
  constexpr std::uint64_t line_bytes = 192, max_block_bytes = 16 << 10;
  const std::uint64_t usual = text_block_bytes(memory_bytes);
  if (!context.store || context.store->mean_body_bytes() == 0) return usual;
  const std::uint64_t lines = memory_bytes / 16 / base64::encoded_length(context.store->mean_body_bytes());
  return std::min(usual, std::clamp(lines * line_bytes, line_bytes, max_block_bytes));
}

LoadResult<std::optional<Payload>> load_stored(const std::string& url, const LineContext& context, Bytes& buffer,
                                               ParseStage* stage) {
  auto found = context.store->find(store::url_key(url));
  if (!found) return tl::unexpected(std::move(found.error()));
  const auto fault = [&](FaultCode code, std::string_view why) {
    return image_fault(code, fmt::format("{}: {}", json::excerpt(printable_url(url)), why));
  };
  if (!*found) return fault(FaultCode::url_missing, "the store does not have it; visionshard fetch adds it");
  Payload payload;
  payload.stored = **found;
  payload.origin = PayloadOrigin::store;
  if (payload.stored.failure) return fault(*payload.stored.failure, failure_detail(payload.stored));
  const std::uint64_t bytes = payload.stored.bytes;
  if (bytes > context.line.max_line_bytes)
    return fault(FaultCode::cannot_fit,
                 fmt::format("it has {} bytes, over the {} of --max-line-bytes", bytes, context.line.max_line_bytes));
  if (stage != nullptr) stage->hold(bytes, *context.large_image);
  if (bytes > buffer.capacity()) buffer = Bytes();  // so that resize() copies nothing
  buffer.resize(bytes);
  if (auto read = context.store->read(payload.stored, buffer.data()); !read) return tl::unexpected(read.error());
  payload.bytes = buffer.view();
  return std::optional(std::move(payload));
}

}  // namespace visionshard::line
