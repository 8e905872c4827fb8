#include "screen/screen_lines.h"

#include <fmt/format.h>

#include "line/payload.h"
#include "line/read_line.h"

namespace visionshard::screen {
namespace {

std::uint64_t bytes_of(const ImageResult<ScreenedImage>& image) noexcept {
  return sizeof(SharedScreening) + (image ? image->faces.capacity() * sizeof(Face) + image->thumbnail.capacity()
                                          : image.error().detail.capacity());
}

ImageResult<void> check_pixels(const codec::ImageInfo& info, std::uint64_t max_pixels) {
  if (std::max(info.pixels(), info.coded_pixels) <= max_pixels) return {};
  return image_fault(FaultCode::too_many_pixels,
                     fmt::format("{} x {} pixels, over the limit of {}", info.width, info.height, max_pixels));
}

class LineScreen {
 public:
  LineScreen(ScreenBatch& batch, line::LineRecord& record, const ScreenContext& context, line::Scratch& scratch)
      : batch_(batch), record_(record), context_(context), scratch_(scratch) {}

  RunResult<void> run() {
    if (!line::read_line(batch_, record_, context_, scratch_)) return {};
    const example::ExampleSpans& spans = scratch_.spans;
    for (const example::Message& message : spans.messages)
      for (std::uint32_t i = message.parts_begin; i < message.parts_end; ++i) {
        const example::Part& part = spans.parts[i];
        if (part.is_image() && part.url == example::Shape::string) VISIONSHARD_TRY(image(part.url_range));
      }
    return {};
  }

 private:
  RunResult<void> image(example::Range value) {
    SeenImage& seen = batch_.images.emplace_back();
    seen.record = static_cast<std::uint32_t>(&record_ - batch_.records.data());
    seen.value = value;
    const std::string_view text = line::inside(batch_.text_of(record_), value);
    line::ParseStage stage(scratch_);
    auto loaded = line::load(text, context_, scratch_.payload, &stage);
    if (!loaded) {
      if (RunFault* const fault = std::get_if<RunFault>(&loaded.error())) return tl::unexpected(std::move(*fault));
      seen.fault = std::get<ImageFault>(loaded.error()).code;
      return {};
    }
    seen.is_url = !*loaded;
    if (seen.is_url) return {};
    const line::Payload& payload = **loaded;
    const engine::ImageKey key = context_.cache->key_of(payload.bytes);
    seen.result = context_.cache->find(key);
    if (seen.result) return {};
    const auto info = line::probe_payload(text, payload);
    const auto allowed = info ? check_pixels(*info, context_.image.max_pixels) : ImageResult<void>();
    if (!info || !allowed) {
      seen.fault = info ? allowed.error().code : info.error().code;
      return {};
    }
    const std::uint64_t need = 2 * payload.bytes.size() + screening_need_bytes(*info, context_.detection);
    batch_.pending.push_back({key, need});
    batch_.pending_images.push_back(static_cast<std::uint32_t>(batch_.images.size() - 1));
    return {};
  }

  ScreenBatch& batch_;
  line::LineRecord& record_;
  const ScreenContext& context_;
  line::Scratch& scratch_;
};

LoadResult<ScreenedImage> look_at(std::string_view text, const ScreenContext& context) {
  Bytes buffer;
  auto loaded = line::load(text, context, buffer);
  if (!loaded) return tl::unexpected(std::move(loaded.error()));
  const ByteView bytes = (*loaded)->bytes;
  auto info = codec::probe(bytes);
  if (!info) return tl::unexpected(std::move(info.error()));
  auto image = screen_image(bytes, *info, context.detection, *context.detector);
  if (!image) return tl::unexpected(std::move(image.error()));
  return std::move(*image);
}

}  // namespace

SharedScreening::SharedScreening(ImageResult<ScreenedImage>&& screened, engine::Budget& budget)
    : ConversionResult(bytes_of(screened), budget), image(std::move(screened)) {}

RunResult<void> find_images(ScreenBatch& batch, const ScreenContext& context, line::Scratch& scratch) {
  auto cut = line::cut_lines(batch, context.line, scratch, [&](line::LineRecord& record) {
    return LineScreen(batch, record, context, scratch).run();
  });
  batch.kept_bytes += batch.records.size() * sizeof(line::LineRecord) + batch.images.size() * sizeof(SeenImage);
  return cut;
}

RunResult<engine::SharedResult> screen_pending(const ScreenBatch& batch, std::size_t index,
                                               const ScreenContext& context) {
  const SeenImage& seen = batch.images[batch.pending_images[index]];
  const std::string_view text = line::inside(batch.text_of(batch.records[seen.record]), seen.value);
  ImageResult<ScreenedImage> image;
  try {
    auto looked_at = look_at(text, context);
    if (looked_at)
      image = std::move(*looked_at);
    else if (RunFault* const fault = std::get_if<RunFault>(&looked_at.error()))
      return tl::unexpected(std::move(*fault));
    else
      image = tl::unexpected(std::get<ImageFault>(std::move(looked_at.error())));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    image = image_fault(FaultCode::internal_error, e.what());
  }
  return std::make_shared<const SharedScreening>(std::move(image), *context.budget);
}

}  // namespace visionshard::screen
