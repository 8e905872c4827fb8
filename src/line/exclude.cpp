#include "line/exclude.h"

#include <vector>

#include "base/share.h"
#include "image/image_url.h"

namespace visionshard::line {
namespace {

exclusion::Key digest_of(ByteView bytes) {
  Sha256 digest;
  digest.update(bytes);
  return exclusion::key_of(digest.finish());
}

}  // namespace

bool exclude(LineRecord& record, Exclusion reason) {
  record.state = LineState::excluded;
  record.exclusion = reason;
  return false;
}

bool is_included(const LineBatch& batch, LineRecord& record, const LineContext& context) {
  if (context.exclusions) {
    const std::uint64_t offset = batch.text.offset + record.begin - batch.text.begin;
    if (context.exclusions->has_place(context.first_input + batch.text.file, offset))
      return exclude(record, Exclusion::place);
    if (!is_text_included(record, batch.text_of(record), context)) return false;
  }
  if (context.line.sample == Share()) return true;
  const auto digest = xxh128_digest(as_bytes(batch.text_of(record)));
  return is_within(seeded_key(digest, context.line.seed, KeyPurpose::sample), context.line.sample) ||
         exclude(record, Exclusion::sample);
}

bool is_text_included(LineRecord& record, std::string_view text, const LineContext& context) {
  if (!context.exclusions || !context.exclusions->name_examples()) return true;
  return !context.exclusions->has_example(digest_of(as_bytes(text))) || exclude(record, Exclusion::example);
}

bool is_written_included(const LineBatch& batch, LineRecord& record, const LineContext& context) {
  if (!context.exclusions || !context.exclusions->name_examples() || (record.edits.empty() && !record.chat()))
    return true;
  Sha256 digest;
  std::vector<iovec> pieces;
  example::append_pieces(batch.text_of(record), record.edits, pieces);
  for (const iovec& piece : pieces) digest.update({static_cast<const std::byte*>(piece.iov_base), piece.iov_len});
  return !context.exclusions->has_example(exclusion::key_of(digest.finish())) || exclude(record, Exclusion::example);
}

Exclusion exclusion_of(const Payload& payload, const LineContext& context) {
  const exclusion::Exclusions& exclusions = *context.exclusions;
  if (!exclusions.name_images()) return Exclusion::none;
  const auto digest =
      payload.origin == PayloadOrigin::store ? exclusion::key_of(payload.stored.sha256) : digest_of(payload.bytes);
  return exclusions.has_image(digest) ? Exclusion::image : Exclusion::none;
}

Exclusion exclusion_of_url(std::string_view text, const LineContext& context) {
  const auto read = image::read_image_url(text);
  if (!read || read->kind != image::UrlKind::web) return Exclusion::none;
  return context.exclusions->of_url(image::web_url(text, *read));
}

}  // namespace visionshard::line
