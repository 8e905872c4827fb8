#include "line/image_task.h"

#include <fmt/format.h>

#include <array>

#include "line/payload.h"

namespace visionshard::line {
namespace {

std::string_view detail_text(DetailOption detail) {
  switch (detail) {
    case DetailOption::low: return R"("detail":"low")";
    case DetailOption::high: return R"("detail":"high")";
    default: return R"("detail":"auto")";
  }
}

// Sets the part's detail to the one that the option asks for.
example::Edit detail_edit(const example::Part& part, DetailOption wanted) {
  constexpr std::array known = {example::Detail::missing, example::Detail::low, example::Detail::high,
                                example::Detail::automatic};
  if (wanted == DetailOption::keep || part.detail == known[static_cast<std::size_t>(wanted)]) return {};
  const std::string_view text = detail_text(wanted);
  if (part.detail != example::Detail::missing)
    return {part.detail_range.begin, part.detail_range.end, as_bytes(text.substr(text.find(':') + 1)), nullptr};
  auto owner = std::make_shared<const std::string>(fmt::format(",{}", text));
  return {part.url_range.end, part.url_range.end, as_bytes(*owner), owner};
}

ImageDetail model_detail_of(const example::Part& part, DetailOption option) {
  const bool low = option == DetailOption::keep ? part.detail == example::Detail::low : option == DetailOption::low;
  const bool high = option == DetailOption::keep ? part.detail == example::Detail::high : option == DetailOption::high;
  return low ? ImageDetail::low : high ? ImageDetail::high : ImageDetail::automatic;
}

}  // namespace

ImageTask task_of(const example::ExampleSpans& spans, example::ImageRef ref, DetailOption detail) {
  const example::Part& part = spans.parts[ref.part];
  const example::Message& message = spans.messages[ref.message];
  ImageTask task;
  task.string_form = part.image_url == example::Shape::string;
  task.value = part.url_range;
  task.detail = detail_edit(part, detail);
  task.model_detail = model_detail_of(part, detail);
  task.branch = message.branch;
  task.message = message.index;
  task.index = part.index;
  task.siblings = message.parts_end - message.parts_begin;
  task.part = part.range;
  if (task.index > 0) task.previous_end = spans.parts[ref.part - 1].range.end;
  // Compared with the list's end, not its length: if "content" appears twice, one list holds the parts of both.
  if (ref.part + 1 < message.parts_end) task.next_begin = spans.parts[ref.part + 1].range.begin;
  return task;
}

std::string pointer_to(const ImageTask& task) {
  return fmt::format("{}/{}/content/{}", example::branch_pointer(task.branch), task.message, task.index);
}

std::uint32_t tile_tokens(ImageSize size, ImageDetail detail) noexcept {
  return static_cast<std::uint32_t>(image_tokens(size.width, size.height, detail).tiles);
}

void refuse(ImageTask& task, ImageFault&& fault) {
  task.fault = std::make_unique<Fault>(Fault{fault.code, pointer_to(task), std::move(fault.detail)});
  task.outcome = ImageOutcome::refused;
}

void replace_value(ImageTask& task, ByteView text, std::shared_ptr<const void> owner) {
  task.edit = example::Edit{task.value.begin + 1, task.value.end - 1, text, std::move(owner)};
}

namespace {

struct SharedImage final : engine::ConversionResult {
  SharedImage(ConvertedImage&& from, engine::Budget& budget)
      : ConversionResult(from.text.size(), budget), image(std::move(from)) {}

  const ConvertedImage image;
};

}  // namespace

engine::SharedResult shared_result(ConvertedImage&& image, engine::Budget& budget) {
  return std::make_shared<const SharedImage>(std::move(image), budget);
}

void apply_result(ImageTask& task, std::string_view line, const engine::SharedResult& result) {
  const std::shared_ptr<const ConvertedImage> converted(result, &static_cast<const SharedImage&>(*result).image);
  if (converted->fault) return refuse(task, ImageFault(*converted->fault));
  if (converted->pdq) task.pdq = std::make_unique<const near_duplicates::Pdq>(*converted->pdq);
  if (converted->only_hashed) {
    task.outcome = task.conversions.any() ? ImageOutcome::relabelled : ImageOutcome::kept;
    return;
  }
  task.outcome = converted->shrunk ? ImageOutcome::shrunk : ImageOutcome::converted;
  task.conversions.add_all(converted->conversions);
  task.facts_after = converted->facts;
  task.tokens_after = tile_tokens(task.facts_after.size, task.model_detail);
  task.converted = converted;
  if (converted->unchanged) {
    const std::string_view before = inside(line, task.value), after = as_text(converted->text);
    task.outcome = before == after ? ImageOutcome::kept : ImageOutcome::relabelled;
    if (before == after) return;
    if (!task.conversions.has(image::Conversion::local_file) && !task.conversions.has(image::Conversion::url_inlined))
      task.conversions.add(before.substr(0, after.find(',')) == after.substr(0, after.find(','))
                               ? image::Conversion::base64_spelling
                               : image::Conversion::media_type);
  }
  replace_value(task, converted->text, converted);
}

}  // namespace visionshard::line
