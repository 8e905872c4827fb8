#include "example/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/json_text.h"
#include "example/findings.h"
#include "example/method.h"
#include "example/places.h"
#include "example/preference_rules.h"
#include "example/tool_rules.h"
#include "example/turns.h"
#include "example/weight_rules.h"

namespace visionshard::example {
namespace {

class Validator {
 public:
  Validator(std::string_view line, const ExampleSpans& spans, const Limits& limits, const LineOptions& options,
            ValidationResult& validation)
      : line_(line),
        spans_(spans),
        limits_(limits),
        options_(options),
        validation_(validation),
        findings_(validation) {}

  void run() {
    if (limits_.example_rules) {
      if (is_preference_)
        find_preference_faults(spans_, limits_, findings_);
      else
        messages_shape();
    }
    bool has_assistant = false, has_user = false;
    for (std::uint32_t m = 0; m < spans_.messages.size(); ++m) {
      const Message& message = spans_.messages[m];
      has_assistant |= message.role == Role::assistant;
      has_user |= message.role == Role::user;
      if (limits_.example_rules) message_rules(m, message);
      if (limits_.alternate_roles) turn_rules(m, message);
      for (std::uint32_t p = message.parts_begin; p < message.parts_end; ++p) {
        if (limits_.example_rules) part_rules(m, message, p);
        if (spans_.parts[p].is_image()) image_rules(m, message, p);
      }
    }
    number_of_images();
    if (limits_.tool_rules) find_tool_faults(spans_, findings_);
    if (limits_.known_keys_only) find_example_weight_fault(spans_, findings_);
    if (const std::uint32_t at = spans_.lone_surrogate_at; at != nowhere)
      findings_.add(
          at, FaultCode::lone_surrogate, [&] { return pointer_at(line_, spans_, at); },
          [&] { return lone_surrogate_detail(line_, at); });
    if (spans_.cut_off_at != nowhere)
      findings_.add(spans_.cut_off_at, FaultCode::bad_messages, "/messages",
                    [] { return fmt::format("more than {} messages and parts", max_elements); });
    // Whichever of the two is valid, a parser may take the other.
    if (spans_.duplicate_messages_at != nowhere && (any_image_ || limits_.example_rules))
      findings_.add(spans_.duplicate_messages_at, FaultCode::duplicate_key, "/messages",
                    "the key \"messages\" stands twice; parsers disagree which one counts");
    if (!limits_.example_rules || spans_.cut_off_at != nowhere) return;
    if (!has_assistant && !is_preference_ && !is_reinforcement(spans_, limits_))
      findings_.add(spans_.messages_range.end, FaultCode::no_assistant, "/messages", [&] {
        return fmt::format("none of the {} messages is an assistant's; there is nothing to learn from",
                           spans_.messages.size());
      });
    const bool has_list = !is_preference_ || spans_.input_messages.shape == Shape::array;
    if (!has_user && limits_.user_required && has_list)
      findings_.add(is_preference_ ? spans_.input_messages.range.end : spans_.messages_range.end, FaultCode::no_user,
                    is_preference_ ? "/input/messages" : "/messages",
                    [&] { return fmt::format("none of the {} messages is a user's", spans_.messages.size()); });
  }

 private:
  std::string message_pointer(std::uint32_t m, const char* leaf = "") const {
    return example::message_pointer(spans_.messages[m]) + leaf;
  }

  void messages_shape() {
    if (spans_.duplicate_messages_at != nowhere) return;  // it is not known which one counts
    const auto pointer = [&] { return spans_.messages_shape == Shape::missing ? "" : "/messages"; };
    if (spans_.messages_shape != Shape::array) {
      findings_.add(0, FaultCode::bad_messages, pointer, [&] {
        return fmt::format("messages is {}; it must be a non-empty array", shape_name(spans_.messages_shape));
      });
    } else if (spans_.messages.empty()) {
      findings_.add(spans_.messages_range.begin, FaultCode::bad_messages, pointer, "messages is an empty array");
    }
  }

  void message_rules(std::uint32_t m, const Message& message) {
    if (!message.is_object) {
      findings_.add(
          message.range.begin, FaultCode::bad_messages, [&] { return message_pointer(m); },
          "a message must be an object");
      return;
    }
    role_rules(m, message);
    const bool may_lack_content = message.role == Role::assistant && message.calls;
    const bool lacks = message.content == Shape::missing || message.content == Shape::null;
    if (lacks && !may_lack_content)
      findings_.add(
          message.content == Shape::missing ? message.range.end : message.content_range.begin, FaultCode::bad_content,
          [&] { return message_pointer(m, message.content == Shape::missing ? "" : "/content"); },
          [&] {
            return fmt::format("content is {}; only an assistant message with tool_calls may do without it",
                               shape_name(message.content));
          });
    const bool empty = message.content == Shape::array && message.parts_begin == message.parts_end;
    if (!lacks && (empty || (message.content != Shape::string && message.content != Shape::array)))
      findings_.add(
          message.content_range.begin, FaultCode::bad_content, [&] { return message_pointer(m, "/content"); },
          [&] {
            return fmt::format("content is {}; it must be a string or a non-empty array",
                               empty ? "an empty array" : shape_name(message.content));
          });
    if (message.weight != Weight::missing)
      find_weight_fault(line_, spans_, message, limits_, drops_images(message), findings_);
  }

  void role_rules(std::uint32_t m, const Message& message) {
    const auto bad = [&](auto&& detail) {
      findings_.add(
          message.role_range.begin, FaultCode::bad_role, [&] { return message_pointer(m, "/role"); }, detail);
    };
    if (message.role == Role::missing)
      findings_.add(
          message.range.begin, FaultCode::bad_role, [&] { return message_pointer(m); }, "the message has no role");
    else if (message.role == Role::unknown || (message.role == Role::function && !limits_.function_role))
      bad([&] {
        return fmt::format("role is {}; the provider takes system, user, assistant{} tool{}",
                           value_excerpt(line_, message.role_range.begin, message.range.end),
                           limits_.function_role ? "," : " and", limits_.function_role ? " and function" : "");
      });
    else if (limits_.system_first_only && message.index > 0 && taken_role(message, limits_) == Role::system)
      bad("a system message stands after others; the provider takes it only as the first");
  }

  // Whether the options drop the images of a message for its role.
  bool drops_images(const Message& message) const noexcept {
    if (message.role == Role::assistant) return options_.on_assistant_image == OnBad::drop;
    return options_.on_bad_image == OnBad::drop && (takes_text_alone() || is_outside_user(message));
  }

  bool takes_text_alone() const noexcept { return is_preference_ && !limits_.preference_images; }
  bool is_outside_user(const Message& message) const noexcept {
    return limits_.images_user_only && message.role != Role::user;
  }

  // Reports what prevents the message from being merged with the one before it.
  void turn_rules(std::uint32_t m, const Message& message) {
    if (message.duplicate_at != nowhere)
      duplicate(message.duplicate_at, [&](const std::string& key) { return message_pointer(m, "/") + key; });
    if (m == 0 || !same_side(spans_.messages[m - 1], message, limits_)) return;
    if (keys_merge(spans_.messages[m - 1], message)) return;
    findings_.add(
        message.range.begin, FaultCode::bad_role, [&] { return message_pointer(m); },
        [&] {
          return fmt::format(
              "messages {} and {} have the same role, and keys beside role and content that merging would lose", m - 1,
              m);
        });
  }

  void bad_part(std::uint32_t at, std::uint32_t m, std::uint32_t p, const char* leaf, std::string_view detail) {
    findings_.add(
        at, FaultCode::bad_part,
        [&] {
          return part_pointer(spans_, {m, p}) + leaf;
        },
        [&] { return std::string(detail); });
  }

  void part_rules(std::uint32_t m, const Message& message, std::uint32_t p) {
    const Part& part = spans_.parts[p];
    const std::uint32_t begin = part.range.begin;
    if (!part.is_object) return bad_part(begin, m, p, "", "a content part must be an object");
    switch (part.type) {
      case PartType::missing: return bad_part(begin, m, p, "", "the part has no type");
      case PartType::unknown:
        return bad_part(
            part.type_at, m, p, "/type",
            fmt::format("type is {}; it must be text{} image_url{}", value_excerpt(line_, part.type_at, part.range.end),
                        limits_.refusal_parts ? "," : " or", limits_.refusal_parts ? " or refusal" : ""));
      case PartType::text:
        if (part.text != Shape::string)
          bad_part(begin, m, p, "", fmt::format("a text part's text is {}", shape_name(part.text)));
        return;
      case PartType::refusal:
        if (!limits_.refusal_parts)
          bad_part(part.type_at, m, p, "/type", "type is \"refusal\"; the provider takes text and image_url alone");
        else if (message.role != Role::assistant)
          bad_part(part.type_at, m, p, "/type", "a refusal may stand in assistant messages only");
        else if (part.refusal != Shape::string)
          bad_part(begin, m, p, "", fmt::format("a refusal part's refusal is {}", shape_name(part.refusal)));
        return;
      case PartType::image_url:
        if (part.detail == Detail::unknown && options_.detail == DetailOption::keep)
          bad_part(part.detail_range.begin, m, p, "/image_url/detail",
                   fmt::format("detail is {}; it must be low, high or auto (--detail auto puts that in its place)",
                               value_excerpt(line_, part.detail_range.begin, part.detail_range.end)));
        return;
    }
  }

  void image_rules(std::uint32_t m, const Message& message, std::uint32_t p) {
    const Part& part = spans_.parts[p];
    const ImageRef ref{m, p};
    const auto pointer = [&] { return part_pointer(spans_, ref); };
    any_image_ = true;
    if (part.url != Shape::string)
      bad_part(part.image_url_at == nowhere ? part.range.begin : part.image_url_at, m, p, "",
               part.image_url == Shape::object
                   ? fmt::format("an image part's url is {}", shape_name(part.url))
                   : fmt::format("an image part's image_url is {}", shape_name(part.image_url)));
    if (message.duplicate_at != nowhere && !limits_.alternate_roles)
      duplicate(message.duplicate_at, [&](const std::string& key) { return message_pointer(m, "/") + key; });
    if (part.duplicate_at != nowhere)
      duplicate(part.duplicate_at,
                [&](const std::string& key) { return pointer() + (key == "url" ? "/image_url/" : "/") + key; });
    if (drops_images(message)) {
      validation_.dropped.push_back(ref);
      return;
    }
    if (message.role == Role::assistant)
      findings_.add(part.range.begin, FaultCode::assistant_image, pointer,
                    "an image stands in an assistant message (--on-assistant-image drop removes it)");
    else if (takes_text_alone())
      findings_.add(part.range.begin, FaultCode::image_role, pointer,
                    "an image stands in a preference example, where the provider takes text alone "
                    "(--on-bad-image drop removes it)");
    else if (is_outside_user(message))
      findings_.add(part.range.begin, FaultCode::image_role, pointer,
                    "an image stands outside a user message (--on-bad-image drop removes it)");
    validation_.images.push_back(ref);
  }

  void number_of_images() {
    const std::uint64_t limit = limits_.max_images_per_example;
    if (validation_.images.size() <= limit || options_.on_bad_image == OnBad::drop) return;
    const ImageRef first_over = validation_.images[limit];
    findings_.add(
        spans_.parts[first_over.part].range.begin, FaultCode::too_many_images,
        [&] { return part_pointer(spans_, first_over); },
        [&] {
          return fmt::format("the example has {} images, over the limit of {} (--max-images-per-example)",
                             validation_.images.size(), limit);
        });
  }

  template <class Pointer>
  void duplicate(std::uint32_t at, Pointer pointer) {
    const std::string key = json::unescape(line_.substr(at, line_.find('"', at) - at));
    findings_.add(
        at, FaultCode::duplicate_key, [&] { return pointer(key); },
        [&] { return fmt::format("the key {} stands twice; parsers disagree which one counts", json::excerpt(key)); });
  }

  std::string_view line_;
  const ExampleSpans& spans_;
  const Limits& limits_;
  const LineOptions& options_;
  ValidationResult& validation_;
  Findings findings_;
  bool any_image_ = false;
  const bool is_preference_ = is_preference(spans_);
};

}  // namespace

std::string lone_surrogate_detail(std::string_view line, std::uint32_t at) {
  return fmt::format(
      "the escape {} at byte {} is half of a surrogate pair alone, which most readers cannot "
      "write as UTF-8; write the character, or both halves",
      line.substr(at, 6), at);
}

void validate(std::string_view line, const ExampleSpans& spans, const Limits& limits, const LineOptions& options,
              ValidationResult& validation) {
  validation.fault.reset();
  validation.images.clear();
  validation.dropped.clear();
  validation.all.clear();
  Validator(line, spans, limits, options, validation).run();
  // A duplicate key is found once for every image after it.
  const auto place = [](const PlacedFault& f) { return std::tie(f.at, f.fault.code, f.fault.pointer); };
  std::ranges::stable_sort(validation.all, {}, place);
  // Clang 14 cannot compile the subrange of std::ranges::unique.
  const auto repeated = std::unique(validation.all.begin(), validation.all.end(),
                                    [&](const auto& a, const auto& b) { return place(a) == place(b); });
  validation.all.erase(repeated, validation.all.end());
}

}  // namespace visionshard::example
