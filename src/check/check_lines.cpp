#include "check/check_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "base/json_text.h"
#include "base/number_text.h"
#include "base/printable_url.h"
#include "check/finding_code.h"
#include "check/url_warnings.h"
#include "example/hidden_image.h"
#include "example/method.h"
#include "example/places.h"
#include "example/restructure.h"
#include "example/text_tokens.h"
#include "example/turns.h"
#include "image/fit.h"
#include "image/image_url.h"
#include "line/image_task.h"
#include "line/line_cutter.h"
#include "line/payload.h"
#include "line/translate_line.h"

namespace visionshard::checking {
namespace {

using image::Conversion;

std::string describe(const codec::ImageInfo& info, std::size_t bytes) {
  return fmt::format("{}, {} x {}, {}, {} bytes", codec::display_name(info.format), info.width, info.height,
                     codec::mode_name(info), bytes);
}

class LineCheck {
 public:
  LineCheck(CheckBatch& batch, line::LineRecord& record, const CheckContext& context, line::Scratch& scratch)
      : batch_(batch), record_(record), context_(context), scratch_(scratch), line_(batch.text_of(record)) {}

  /// Fault: the system fails to read a local file.
  RunResult<void> run() {
    if (auto parsed = scratch_.parser.parse(line_, scratch_.spans, scratch_.scanner.base64_of(line_)); !parsed) {
      record_.not_json_lines = line::explain_file_kind(batch_, record_, parsed.error());
      add(0, parsed.error().code, std::move(parsed.error().pointer), std::move(parsed.error().detail));
      return {};
    }
    if (line::is_other_layout(scratch_.spans, context_)) {
      if (auto translated = line::translate_line(batch_, record_, context_, scratch_); !translated) {
        add(0, translated.error().code, std::move(translated.error().pointer), std::move(translated.error().detail));
        return {};
      }
    }
    line_ = batch_.text_of(record_);
    record_.conversions.each([&](Conversion layout) {
      if (record_.chat() && !context_.for_local_trainer)
        add(0, layout, "",
            fmt::format("the line is in the layout {}; convert turns it into chat messages",
                        image::name(layout).substr(std::string_view("layout_").size())));
    });
    if (context_.limits.example_rules) record_.methods = example::methods_of(scratch_.spans, context_.limits);
    scratch_.validation.wants_all = true;
    example::validate(line_, scratch_.spans, context_.limits, context_.line, scratch_.validation);
    for (example::PlacedFault& found : scratch_.validation.all)
      add(found.at, found.fault.code, std::move(found.fault.pointer), std::move(found.fault.detail));
    structure();
    for (const example::ImageRef ref : scratch_.validation.images) {
      const example::Part& part = scratch_.spans.parts[ref.part];
      if (part.url != example::Shape::string) continue;
      if (auto seen = image(ref, part); !seen) return seen;
    }
    const std::uint64_t tokens = context_.model == ModelFamily::tiles          ? tokens_.tiles
                                 : context_.model == ModelFamily::patches_mini ? tokens_.patches_mini
                                                                               : tokens_.patches_nano;
    if (tokens > context_.limits.max_image_tokens)
      add(end(), CheckCode::context, "",
          fmt::format("the example's images take {} tokens, over the limit of {}", tokens,
                      context_.limits.max_image_tokens));
    if (context_.line.max_tokens != no_limit) check_tokens(tokens);
    if (line_.size() + 1 > context_.limits.max_shard_bytes)
      add(end(), FaultCode::example_too_large, "",
          fmt::format("the example has {} bytes, over the limit of {} for a whole file", line_.size() + 1,
                      context_.limits.max_shard_bytes));
    return {};
  }

 private:
  std::uint32_t end() const { return static_cast<std::uint32_t>(line_.size()); }
  std::uint32_t record_index() const { return static_cast<std::uint32_t>(&record_ - batch_.records.data()); }

  void add(std::uint32_t at, FindingCode code, std::string pointer, std::string detail) {
    batch_.findings.push_back(
        {record_index(), at, code, record_.original_pointer(std::move(pointer)), std::move(detail)});
  }

  void check_tokens(std::uint64_t image_tokens) {
    const std::uint64_t of_urls = urls_ * line::tokens_of_image_by_url;
    const std::uint64_t of_text = example::estimate_text_tokens(line_, scratch_.spans);
    if (image_tokens + of_urls + of_text > context_.line.max_tokens)
      add(end(), FaultCode::too_many_tokens, "",
          fmt::format("the example takes about {} tokens, {} for its images and an estimate of {} for its text, over "
                      "the limit of {}",
                      image_tokens + of_urls + of_text, image_tokens + of_urls, of_text, context_.line.max_tokens));
  }

  void structure() {
    const example::ExampleSpans& spans = scratch_.spans;
    if (spans.hidden_image != example::HiddenImage::none && !scratch_.validation.fault)
      add(spans.hidden_image_at, CheckCode::hidden_image, example::pointer_at(line_, spans, spans.hidden_image_at),
          example::hidden_image_detail(spans.hidden_image));
    if (example::is_preference(spans) && example::has_equal_outputs(line_, spans))
      add(spans.outputs[1].range.begin, Conversion::equal_outputs, "/non_preferred_output",
          "preferred_output and non_preferred_output are equal");
    for (const example::StructureChange change : example::structure_changes(spans, context_.limits)) {
      if (change.kind == example::Rewrite::unknown_key) {
        const example::Field& field = spans.fields[change.index];
        const std::uint32_t name = field.range.begin + 1;
        add(field.range.begin, Conversion::unknown_key, example::field_pointer(line_, field),
            fmt::format("the key {}; the provider knows only \"messages\", \"tools\" and \"weight\"",
                        json::excerpt(json::unescape(line_.substr(name, field.key_end - 1 - name)))));
      } else if (change.kind == example::Rewrite::developer_role) {
        const example::Message& message = spans.messages[change.index];
        add(message.role_range.begin, Conversion::developer_role, example::message_pointer(message) + "/role",
            "role is \"developer\"");
      } else if (change.kind == example::Rewrite::string_content) {
        const example::Message& message = spans.messages[change.index];
        add(message.content_range.begin, Conversion::string_content, example::message_pointer(message) + "/content",
            "other contents of the example are lists of parts");
      }
    }
    // Also messages that another finding keeps from being merged; validate() has reported those whose keys prevent it.
    for (std::size_t i = 1; context_.limits.alternate_roles && i < spans.messages.size(); ++i) {
      const example::Message &before = spans.messages[i - 1], &message = spans.messages[i];
      const bool same = example::same_turn(before, message, context_.limits) ||
                        (context_.limits.example_rules && example::same_side(before, message, context_.limits));
      if (same && example::keys_merge(before, message))
        add(message.range.begin, Conversion::same_role, example::message_pointer(message),
            "the message before it has the same role");
    }
  }

  RunResult<void> image(example::ImageRef ref, const example::Part& part) {
    line::ImageTask task = line::task_of(scratch_.spans, ref, DetailOption::keep);
    const auto found = [&](FindingCode code, std::string detail) -> RunResult<void> {
      add(part.range.begin, code, line::pointer_to(task), std::move(detail));
      return {};
    };
    if (task.string_form) found(Conversion::url_object, "image_url is a string");
    const std::string_view text = line::inside(line_, task.value);
    // Escapes are JSON spelling: the limit is on the characters they represent.
    if (const std::uint64_t limit = context_.limits.max_url_chars; text.size() > limit)
      if (const std::size_t chars = text.find('\\') == text.npos ? text.size() : json::unescape(text).size();
          chars > limit)
        found(CheckCode::url_too_long,
              fmt::format("the data URL has {} characters, over the limit of {}", chars, limit));
    SeenImage& seen = batch_.seen.emplace_back();
    seen.record = record_index();
    const auto found_by_url = [&](const store::PlaceRecord& place) {
      // OpenAI and Azure give up on slow servers within seconds.
      constexpr std::uint32_t slow_ms = 5000;
      if (place.elapsed_ms >= slow_ms)
        found(CheckCode::url_slow, fmt::format("fetching it took {:.1f} s", place.elapsed_ms / 1000.0));
      if (place.redirects > 0)
        found(CheckCode::url_redirects, "it was fetched after " + counted(place.redirects, "redirect"));
    };
    if (context_.store) seen.is_url = warn_of_url(text, found);
    line::ParseStage stage(scratch_);
    auto loaded = line::load(text, context_, scratch_.payload, &stage);
    if (!stage.respelled_url.empty())
      found(
          Conversion::url_spelling,
          fmt::format("the URL is {}", json::excerpt(printable_url(json::unescape(json::beginning(text, 6 * 8192))))));
    if (!loaded) {
      if (RunFault* const fault = std::get_if<RunFault>(&loaded.error())) return tl::unexpected(std::move(*fault));
      auto& fault = std::get<ImageFault>(loaded.error());
      return found(fault.code, std::move(fault.detail));
    }
    seen.is_url = seen.is_url || !*loaded;
    urls_ += seen.is_url;
    if (!*loaded) return {};
    const line::Payload& payload = **loaded;
    const bool is_data_url = payload.origin == line::PayloadOrigin::data_url;
    if (payload.origin == line::PayloadOrigin::store) found_by_url(payload.stored.place);
    if (payload.origin == line::PayloadOrigin::local_file && !context_.for_local_trainer)
      found(Conversion::local_file, "the image is a local file, which convert puts into the line");
    const std::size_t bytes = payload.bytes.size();
    if (is_data_url && payload.status != base64::Status::clean &&
        !base64::clean_but_for_escapes(text.substr(payload.begin)))
      found(Conversion::base64_spelling, "the base64 text is not canonical");
    auto info = line::probe_payload(text, payload);
    if (!info) return found(info.error().code, std::move(info.error().detail));
    seen = {record_index(),
            seen.is_url,
            info->format,
            codec::mode_name(*info),
            {info->width, info->height},
            bytes,
            image_tokens(info->width, info->height, task.model_detail)};
    tokens_ += seen.tokens;
    if (is_data_url && is_provider_format(info->format) &&
        !json::equals(text.substr(0, payload.begin), image::data_url_prefix(info->format))) {
      const std::string header = json::unescape(text.substr(0, payload.begin));
      // Without its scheme, other readers do not take it for a URL.
      found(begins_with_data(header) ? Conversion::media_type : Conversion::url_spelling,
            fmt::format("{}, the image is {}",
                        header.empty() ? "the base64 has no data URL's header"
                                       : fmt::format("the URL begins with {}", json::excerpt(header)),
                        codec::media_type(info->format)));
    }
    auto plan = image::plan_conversion(*info, bytes, context_.limits, context_.image);
    if (!plan) return found(plan.error().code, std::move(plan.error().detail));
    plan->conversions.each([&](Conversion c) {
      // Not a finding where the option keeps the orientation, though convert applies it to images that it encodes
      // again.
      if (c != Conversion::orientation || context_.image.orient == Orient::bake) found(c, describe(*info, bytes));
    });
    if (plan->over_limit)
      found(CheckCode::image_too_large,
            fmt::format("{}, over the limit of {} bytes", describe(*info, bytes), context_.limits.max_image_bytes));
    decode(std::move(task), payload.bytes, *info);
    return {};
  }

  // Warns of a URL by its text. Whether the value is a web URL.
  template <class Found>
  static bool warn_of_url(std::string_view text, Found found) {
    const auto url = image::read_image_url(text);
    if (!url || url->kind != image::UrlKind::web) return false;
    const std::string value = image::web_url(text, *url);
    if (auto end = signature_end(value)) found(CheckCode::url_expires, std::move(*end));
    if (auto page = share_page(value)) found(CheckCode::url_share_page, std::move(*page));
    return true;
  }

  // A scheme may be written in upper or lower case (RFC 3986, section 3.1).
  static bool begins_with_data(std::string_view url) { return ascii::begins_in_any_case(url, "data:"); }

  static bool is_provider_format(codec::Format format) {
    return format == codec::Format::jpeg || format == codec::Format::png || format == codec::Format::webp;
  }

  void decode(line::ImageTask task, ByteView bytes, const codec::ImageInfo& info) {
    if (context_.cache != nullptr) {
      task.key = context_.cache->key_of(bytes);
      if (const engine::SharedResult known = context_.cache->find(task.key)) {
        line::apply_result(task, line_, known);
        if (task.fault) add(task.part.begin, task.fault->code, task.fault->pointer, task.fault->detail);
        return;
      }
    }
    task.outcome = line::ImageOutcome::pending;
    task.need_bytes = image::verify_need_bytes(info, bytes.size());
    batch_.tasks.push_back(std::move(task));
    batch_.add_pending(static_cast<std::uint32_t>(batch_.tasks.size() - 1), record_index());
  }

  CheckBatch& batch_;
  line::LineRecord& record_;
  const CheckContext& context_;
  line::Scratch& scratch_;
  std::string_view line_;
  ImageTokens tokens_;
  std::uint64_t urls_ = 0;
};

// A JPEG without an end marker may be truncated, which only decoding shows: convert cannot repair it then.
void remove_repairs_of_truncated_files(std::vector<LineFinding>& findings) {
  const auto is = [](FindingCode code) {
    return [code](const LineFinding& found) { return found.code.index() == code.index(); };
  };
  if (std::none_of(findings.begin(), findings.end(), is(Conversion::jpeg_end_marker))) return;
  std::set<std::pair<std::uint32_t, std::uint32_t>> corrupt;
  for (const LineFinding& found : findings)
    if (is(FaultCode::corrupt_image)(found)) corrupt.emplace(found.record, found.at);
  std::erase_if(findings, [&](const LineFinding& found) {
    return is(Conversion::jpeg_end_marker)(found) && corrupt.contains({found.record, found.at});
  });
}

}  // namespace

RunResult<void> check_lines(CheckBatch& batch, const CheckContext& context, line::Scratch& scratch) {
  return line::cut_lines(batch, context.line, scratch,
                         [&](line::LineRecord& record) { return LineCheck(batch, record, context, scratch).run(); });
}

RunResult<engine::SharedResult> check_image(const CheckBatch& batch, std::size_t index, const CheckContext& context) {
  line::ConvertedImage image;
  try {
    Bytes buffer;
    auto loaded = line::load(line::inside(batch.pending_line(index), batch.pending_task(index).value), context, buffer);
    if (!loaded) {
      if (RunFault* const fault = std::get_if<RunFault>(&loaded.error())) return tl::unexpected(std::move(*fault));
      image.fault = std::get<ImageFault>(std::move(loaded.error()));
    } else {
      const ByteView bytes = (*loaded)->bytes;
      auto sound =
          codec::probe(bytes).and_then([&](const codec::ImageInfo& info) { return image::verify_pixels(bytes, info); });
      if (!sound) image.fault = std::move(sound.error());
    }
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    image.fault = ImageFault{FaultCode::internal_error, e.what()};
  }
  return line::shared_result(std::move(image), *context.budget);
}

void gather_findings(CheckBatch& batch) {
  for (std::size_t i = 0; i < batch.pending.size(); ++i) {
    line::ImageTask& task = batch.pending_task(i);
    if (task.fault)
      batch.findings.push_back(
          {batch.pending_places[i].record, task.part.begin, task.fault->code,
           batch.records[batch.pending_places[i].record].original_pointer(std::move(task.fault->pointer)),
           std::move(task.fault->detail)});
  }
  for (std::uint32_t i = 0; i < batch.records.size(); ++i)
    if (Fault* const fault = batch.records[i].fault.get())
      batch.findings.push_back({i, 0, fault->code, std::move(fault->pointer), std::move(fault->detail)});
  std::stable_sort(batch.findings.begin(), batch.findings.end(), [](const LineFinding& a, const LineFinding& b) {
    return std::pair(a.record, a.at) < std::pair(b.record, b.at);
  });
  remove_repairs_of_truncated_files(batch.findings);
}

}  // namespace visionshard::checking
