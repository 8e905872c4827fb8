#include "pipeline/gallery.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "codec/jpeg.h"
#include "image/image_url.h"
#include "image/thumbnail.h"
#include "pipeline/image_facts.h"
#include "pipeline/payload.h"

namespace visionshard::pipeline {
namespace {

constexpr unsigned most_of_a_conversion = 3, most_of_a_reason = 4, most_shrunk = 6;

// What may have gone into pictures when another is taken that is not the first of its kind: so much, and a share of the
// time so far. A thumbnail of one that is over the limit takes most of the time that shrinking it took.
constexpr std::int64_t free_nanoseconds = 50'000'000, time_to_spent = 50;

std::int64_t nanoseconds_since(std::chrono::steady_clock::time_point begin) noexcept {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count();
}

// The inside of the URL that a pointer to a part, or into one, is about; of any image where it is about the whole line.
std::optional<std::string_view> url_at(std::string_view line, const example::Outline& outline,
                                       std::string_view pointer) {
  for (const example::Message& message : outline.messages)
    for (std::uint32_t i = message.parts_begin; i < message.parts_end; ++i) {
      const example::Part& part = outline.parts[i];
      if (!part.is_image() || part.url != example::Shape::string) continue;
      const std::string here = fmt::format("/messages/{}/content/{}", message.index, part.index);
      if (pointer.empty() || pointer == here || pointer.starts_with(here + "/")) return inside(line, part.url_range);
    }
  return std::nullopt;
}

}  // namespace

// Adds up the time that it lives.
class Gallery::Spent {
 public:
  explicit Spent(Gallery& gallery) noexcept : gallery_(gallery) {}
  ~Spent() { gallery_.spent_nanoseconds_ += nanoseconds_since(begin_); }
  Spent(const Spent&) = delete;
  Spent& operator=(const Spent&) = delete;

 private:
  Gallery& gallery_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

Gallery::Gallery(std::uint64_t memory_bytes)
    : most_unreserved_bytes_(std::min<std::uint64_t>(memory_bytes / 4, 16 << 20)) {}

bool Gallery::takes(Count& count, unsigned most) noexcept {
  const unsigned number = count.load(std::memory_order_relaxed);
  if (number >= most) return false;
  const std::int64_t allowed = free_nanoseconds + nanoseconds_since(begin_) / time_to_spent;
  if (number > 0 && spent_nanoseconds_ > allowed) return false;
  return count.fetch_add(1, std::memory_order_relaxed) < most;
}

bool Gallery::takes_fitted(const image::Fitted& fitted) noexcept {
  if (fitted.shrunk || fitted.reduced) return takes(shrunk_, most_shrunk);
  bool any = false;
  fitted.conversions.each([&](image::Conversion conversion) {
    any |= takes(converted_[static_cast<std::size_t>(conversion)], most_of_a_conversion);
  });
  return any;
}

SamplePicture Gallery::picture_of(ByteView bytes, const codec::ImageInfo& info, std::uint64_t reserved_bytes) {
  SamplePicture picture;
  picture.facts = facts_of(info, bytes.size());
  if (info.format == codec::Format::jpeg)
    if (const auto quality = codec::jpeg_quality(bytes)) picture.jpeg_quality = *quality;
  const std::uint64_t need_bytes = image::thumbnail_need_bytes(info);
  if (need_bytes > std::max(reserved_bytes, most_unreserved_bytes_)) return picture;
  std::unique_lock lock(unreserved_, std::defer_lock);
  if (need_bytes > reserved_bytes) lock.lock();
  try {
    if (const auto thumbnail = image::thumbnail(bytes, info)) {
      picture.thumbnail = as_text(thumbnail->jpeg);
      picture.thumbnail_size = {thumbnail->width, thumbnail->height};
    }
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    // A defect of a library costs a picture in the report, not a line of the corpus.
  }
  return picture;
}

SamplePicture Gallery::rejected_picture(std::string_view line, const Fault& fault, const LineContext& context) {
  if (line.size() > most_unreserved_bytes_) return {};
  example::LineParser parser;
  example::Outline outline;
  if (!parser.parse(line, outline)) return {};
  const auto text = url_at(line, outline, fault.pointer);
  if (!text) return {};
  const auto url = image::read_image_url(*text);
  if (!url || url->kind != image::UrlKind::data) return {};
  Bytes buffer;
  const auto payload = load(*text, context, buffer);
  if (!payload) return {};
  const auto info = codec::probe((*payload)->bytes);
  return info ? picture_of((*payload)->bytes, *info, 0) : SamplePicture();
}

std::shared_ptr<const ImageSample> Gallery::add_fitted(ByteView before, const codec::ImageInfo& info,
                                                       const image::Fitted& fitted, const codec::ImageInfo& after,
                                                       std::uint64_t reserved_bytes) {
  if (fitted.unchanged || !takes_fitted(fitted)) return nullptr;
  const Spent spent(*this);
  ImageSample sample;
  sample.kind = fitted.shrunk || fitted.reduced ? SampleKind::shrunk : SampleKind::converted;
  sample.before = picture_of(before, info, reserved_bytes);
  sample.after = picture_of(fitted.bytes, after, reserved_bytes);
  fitted.conversions.each([&](image::Conversion c) { sample.conversions.emplace_back(image::name(c)); });
  sample.psnr_db = fitted.psnr_db.value_or(0);
  return std::make_shared<const ImageSample>(std::move(sample));
}

std::shared_ptr<const ImageSample> Gallery::add_rejected(std::string_view line, const Fault& fault,
                                                         const LineContext& context) {
  if (fault.code == FaultCode::line_too_long) return nullptr;
  if (!takes(rejected_[static_cast<std::size_t>(fault.code)], most_of_a_reason)) return nullptr;
  const Spent spent(*this);
  ImageSample sample;
  sample.kind = SampleKind::rejected;
  sample.before = rejected_picture(line, fault, context);
  if (sample.before.thumbnail.empty()) return nullptr;
  sample.reason = name(fault.code);
  sample.detail = fault.detail;
  return std::make_shared<const ImageSample>(std::move(sample));
}

}  // namespace visionshard::pipeline
