#include "report/painter.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <ctime>
#include <new>
#include <optional>

#include "base/file.h"
#include "codec/jpeg/jpeg.h"
#include "example/parse.h"
#include "example/places.h"
#include "image/image_url.h"
#include "image/thumbnail.h"
#include "input/byte_stream.h"
#include "line/image_facts.h"
#include "line/payload.h"

namespace visionshard::report {
namespace {

using std::chrono::nanoseconds;

// The thread's own time: the load of the machine must not change how many pictures there are.
nanoseconds processor_time() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

// The URL, without its quotes, of the part that `pointer` points to or into; of the first image where it is empty.
std::optional<std::string_view> url_at(std::string_view line, const example::ExampleSpans& spans,
                                       std::string_view pointer) {
  for (const example::Message& message : spans.messages)
    for (std::uint32_t i = message.parts_begin; i < message.parts_end; ++i) {
      const example::Part& part = spans.parts[i];
      if (!part.is_image() || part.url != example::Shape::string) continue;
      const std::string here = fmt::format("{}/content/{}", example::message_pointer(message), part.index);
      if (pointer.empty() || pointer == here || pointer.starts_with(here + "/"))
        return line::inside(line, part.url_range);
    }
  return std::nullopt;
}

// With example::line_padding bytes after it; nothing where it can no longer be read.
std::optional<std::string> text_at(const TextPlace& place) {
  std::string text = place.kept;
  if (text.empty() && !place.path.empty() && input::is_plain_file(place.path).value_or(false)) {
    const FileDescriptor file(::open(place.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return std::nullopt;
    text.reserve(place.bytes + example::line_padding);
    text.resize(place.bytes);
    const auto got =
        read_at(file.get(), reinterpret_cast<std::byte*>(text.data()), text.size(), place.offset, place.path);
    if (!got || *got != text.size()) return std::nullopt;
  }
  if (text.empty()) return std::nullopt;
  text.append(example::line_padding, '\n');
  return text;
}

// To read the text and to decode the base64 of its image, into new memory: 31 MB took 45 ms.
nanoseconds reading_time(const TextPlace& place) { return nanoseconds(place.bytes + place.bytes / 2); }

}  // namespace

Painter::Painter(const line::LineContext& context, std::uint64_t max_bytes, Allowance& allowance)
    : context_(context), max_bytes_(max_bytes), allowance_(allowance), begin_(processor_time()) {}

Painter::~Painter() { allowance_.spend(spent()); }

nanoseconds Painter::spent() const noexcept { return processor_time() - begin_; }

bool Painter::has_time_for(nanoseconds cost) const noexcept { return spent() + cost < allowance_.left(); }

void Painter::paint(const TextPlace& place, SamplePicture& picture) {
  if (!has_time_for(reading_time(place)) || place.bytes > max_bytes_) return;
  if (const auto text = text_at(place)) paint(std::string_view(*text).substr(0, place.bytes), picture);
}

void Painter::paint_rejected(const TextPlace& place, std::string_view pointer, SamplePicture& picture) {
  if (!has_time_for(reading_time(place)) || place.bytes > max_bytes_) return;
  const auto text = text_at(place);
  if (!text) return;
  const std::string_view line = std::string_view(*text).substr(0, place.bytes);
  example::LineParser parser;
  example::ExampleSpans spans;
  if (!parser.parse(line, spans)) return;
  if (const auto url = url_at(line, spans, pointer)) paint(*url, picture);
}

void Painter::paint(std::string_view value, SamplePicture& picture) {
  const auto url = image::read_image_url(value);
  if (!url || (url->kind == image::UrlKind::web && !context_.store)) return;
  Bytes buffer;
  const auto payload = line::load(value, context_, buffer);
  if (!payload || !*payload) return;
  const ByteView bytes = (*payload)->bytes;
  const auto info = codec::probe(bytes);
  if (!info) return;
  picture.facts = line::facts_of(*info, bytes.size());
  if (info->format == codec::Format::jpeg)
    if (const auto quality = codec::jpeg_quality(bytes)) picture.jpeg_quality = *quality;
  if (image::thumbnail_need_bytes(*info) > max_bytes_) return;
  if (!has_time_for(image::thumbnail_time(*info, bytes.size()))) return;
  try {
    if (const auto thumbnail = image::thumbnail(bytes, *info)) {
      picture.thumbnail = as_text(thumbnail->jpeg);
      picture.thumbnail_size = {thumbnail->width, thumbnail->height};
    }
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    // A defect of a library costs a picture in the report, not a run.
  }
}

}  // namespace visionshard::report
