#include "fetch/url_collector.h"

#include "base/json_text.h"
#include "fetch/web_url.h"
#include "image/image_url.h"
#include "line/line_cutter.h"
#include "line/payload.h"
#include "line/read_line.h"

namespace visionshard::fetching {
namespace {

void add_url(UrlBatch& batch, std::string_view spelled) {
  const std::string url = json::unescape(spelled);
  CollectedUrl& collected = batch.collected.emplace_back();
  collected.begin = batch.urls.size();
  collected.bytes = url.size();
  collected.key = store::url_key(url);
  if (const auto read = read_web_url(url)) collected.host = host_hash(read->host);
  batch.urls += url;
}

void add_urls(UrlBatch& batch, std::string_view line, const example::ExampleSpans& spans) {
  for (const example::Part& part : spans.parts) {
    if (!part.is_image() || part.url != example::Shape::string) continue;
    const std::string_view spelled = line::inside(line, part.url_range);
    const auto read = image::read_image_url(spelled);
    if (!read || read->kind != image::UrlKind::web) continue;
    add_url(batch, read->respelled.empty() ? spelled : std::string_view(read->respelled));
  }
}

}  // namespace

RunResult<void> collect_urls(UrlBatch& batch, const LineOptions& options, line::Scratch& scratch) {
  line::LineContext context;
  context.line = options;
  const auto take_line = [&](line::LineRecord& record) -> RunResult<void> {
    if (line::read_line(batch, record, context, scratch)) add_urls(batch, batch.text_of(record), scratch.spans);
    record.extras.reset();
    return {};
  };
  auto cut = line::cut_lines(batch, options, scratch, take_line);
  batch.kept_bytes = batch.urls.size() + batch.collected.size() * sizeof(CollectedUrl);
  return cut;
}

}  // namespace visionshard::fetching
