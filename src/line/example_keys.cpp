#include "line/example_keys.h"

#include <algorithm>

#include "base/json_pointer.h"
#include "image/image_url.h"
#include "store/url_key.h"

namespace visionshard::line {
namespace {

void add_image_keys(const LineBatch& batch, const LineRecord& record, output::ExampleKeys& keys) {
  for (const ImageTask& task : batch.tasks_of(record)) {
    if (task.outcome == ImageOutcome::dropped || !task.digest) continue;
    keys.shared.push_back(output::shared_key(*task.digest));
    // Two inputs can become one picture, and one input two where "detail" differs: both connect.
    if (task.converted) keys.shared.push_back(output::shared_key(task.converted->digest));
  }
}

}  // namespace

Xxh128::Digest image_digest(std::string_view text, const std::optional<Payload>& payload) {
  if (payload) return xxh128_digest(payload->bytes);
  const std::string url = image::web_url(text, *image::read_image_url(text));
  return xxh128_digest(as_bytes(store::without_fragment(url)));
}

output::HashKey value_key(std::string_view value) { return output::shared_key(xxh128_digest(as_bytes(value))); }

void add_keys(LineBatch& batch, const LineContext& context) {
  Xxh128 digest;
  std::vector<iovec> pieces;
  for (LineRecord& record : batch.records) {
    if (record.state != LineState::written) continue;
    record.with_extras().keys = std::make_unique<output::ExampleKeys>();
    output::ExampleKeys& keys = *record.extras->keys;
    const std::string_view text = batch.text_of(record);
    pieces.clear();
    example::append_pieces(text, record.edits, pieces);
    for (const iovec& piece : pieces) digest.update({static_cast<const std::byte*>(piece.iov_base), piece.iov_len});
    keys.line = output::line_key(digest.finish());
    keys.connects = context.keys != KeyKind::order;
    if (context.keys == KeyKind::images) add_image_keys(batch, record, keys);
    if (context.keys == KeyKind::pointer)
      if (const auto value = json::value_at(batch.original_of(record), context.key_pointer))
        keys.shared.push_back(value_key(*value));
    std::ranges::sort(keys.shared);
    keys.shared.erase(std::unique(keys.shared.begin(), keys.shared.end()), keys.shared.end());
  }
}

}  // namespace visionshard::line
