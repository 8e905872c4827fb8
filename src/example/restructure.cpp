#include "example/restructure.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>

#include "example/method.h"
#include "example/turns.h"

namespace visionshard::example {
namespace {

constexpr std::string_view system_role = R"("system")";
constexpr std::string_view part_opening = R"({"type":"text","text":)";

Edit replaced(std::uint32_t begin, std::uint32_t end, std::string text) {
  const auto owner = std::make_shared<const std::string>(std::move(text));
  return {begin, end, as_bytes(*owner), owner};
}

// An object of unknown keys alone is no example; it stays as it is.
bool drops_keys(const ExampleSpans& spans, const Limits& limits) {
  return limits.known_keys_only && !is_reinforcement(spans, limits) &&
         std::any_of(spans.fields.begin(), spans.fields.end(), [](const Field& f) { return f.known; });
}

void drop_unknown_keys(const ExampleSpans& spans, std::vector<Edit>& edits) {
  const auto& fields = spans.fields;
  bool earlier_kept = false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].known)
      earlier_kept = true;
    else if (earlier_kept)
      edits.push_back({fields[i - 1].range.end, fields[i].range.end, {}, nullptr});
    else
      edits.push_back({fields[i].range.begin, fields[i + 1].range.begin, {}, nullptr});
  }
}

bool renames(const Message& message, const Limits& limits) noexcept {
  return message.role == Role::developer && limits.developer_to_system;
}

// Messages that become one: the first keeps its other keys; what was between the contents is removed.
class MergedMessages {
 public:
  MergedMessages(std::string_view line, std::span<const Message> messages, bool lists, const Limits& limits)
      : line_(line), messages_(messages), lists_(lists), renames_(renames(messages.front(), limits)) {}

  void edit(std::vector<Edit>& edits) const {
    const Message& first = messages_.front();
    const Message& last = messages_.back();
    // What follows the first content is written after the last one.
    if (renames_ && (messages_.size() == 1 || first.role_range.begin < first.content_range.begin))
      edits.push_back({first.role_range.begin, first.role_range.end, as_bytes(system_role), nullptr});
    if (lifts(first))
      edits.push_back(replaced(first.content_range.begin, first.content_range.begin, "[" + opening(first)));
    for (std::size_t i = 1; i < messages_.size(); ++i) {
      const Message &before = messages_[i - 1], &after = messages_[i];
      edits.push_back(replaced(inner_end(before), inner_begin(after),
                               lists_ ? closing(before) + "," + opening(after) : std::string("\\n")));
    }
    const std::string end = closing(last) + (lists_ ? "]" : "\"");
    if (messages_.size() > 1)
      edits.push_back(replaced(inner_end(last), last.range.end, end + rest(first)));
    else if (lifts(first))
      edits.push_back(replaced(first.content_range.end, first.content_range.end, end));
  }

 private:
  bool lifts(const Message& message) const { return lists_ && message.content == Shape::string; }
  std::string opening(const Message& message) const { return lifts(message) ? std::string(part_opening) : ""; }
  std::string closing(const Message& message) const { return lifts(message) ? "}" : ""; }
  // The parts without their brackets, a lifted string with its quotes, one that stays a string without.
  std::uint32_t inner_begin(const Message& m) const { return m.content_range.begin + (lifts(m) ? 0 : 1); }
  std::uint32_t inner_end(const Message& m) const { return m.content_range.end - (lifts(m) ? 0 : 1); }
  std::string rest(const Message& m) const {
    std::string text(line_.substr(m.content_range.end, m.range.end - m.content_range.end));
    if (renames_ && m.role_range.begin > m.content_range.end)
      text.replace(m.role_range.begin - m.content_range.end, m.role_range.size(), system_role);
    return text;
  }

  std::string_view line_;
  std::span<const Message> messages_;
  bool lists_;
  bool renames_;
};

// The messages from `begin` that are merged into one.
std::size_t turn_length(std::span<const Message> messages, std::size_t begin, const Limits& limits) {
  std::size_t end = begin + 1;
  while (limits.alternate_roles && end < messages.size() && same_turn(messages[end - 1], messages[end], limits)) ++end;
  return end - begin;
}

// The branches whose strings become lists.
std::array<bool, 4> lifting_branches(const ExampleSpans& spans, const Limits& limits) {
  return limits.uniform_contents ? branches_with_lists(spans) : std::array<bool, 4>{};
}

bool is_among(const std::array<bool, 4>& branches, const Message& message) {
  return branches[static_cast<std::size_t>(message.branch)];
}

}  // namespace

std::vector<StructureChange> structure_changes(const ExampleSpans& spans, const Limits& limits) {
  std::vector<StructureChange> changes;
  // Where an example must have messages, both faults are reported.
  const bool drops =
      limits.known_keys_only && !is_reinforcement(spans, limits) && (limits.example_rules || drops_keys(spans, limits));
  for (std::uint32_t i = 0; drops && i < spans.fields.size(); ++i)
    if (!spans.fields[i].known) changes.push_back({Rewrite::unknown_key, i});
  if (!limits.uniform_contents && !limits.alternate_roles && !limits.developer_to_system) return changes;
  const std::array<bool, 4> lifting = lifting_branches(spans, limits);
  for (std::uint32_t i = 0; i < spans.messages.size(); ++i) {
    if (renames(spans.messages[i], limits)) changes.push_back({Rewrite::developer_role, i});
    if (limits.alternate_roles && i > 0 && same_turn(spans.messages[i - 1], spans.messages[i], limits))
      changes.push_back({Rewrite::same_role, i});
    if (is_among(lifting, spans.messages[i]) && spans.messages[i].content == Shape::string)
      changes.push_back({Rewrite::string_content, i});
  }
  return changes;
}

void restructure(std::string_view line, const ExampleSpans& spans, const Limits& limits, std::vector<Edit>& edits) {
  if (drops_keys(spans, limits)) drop_unknown_keys(spans, edits);
  const std::array<bool, 4> lifting = lifting_branches(spans, limits);
  const std::span<const Message> messages = spans.messages;
  for (std::size_t i = 0, length = 1; i < messages.size(); i += length) {
    length = turn_length(messages, i, limits);
    const auto turn = messages.subspan(i, length);
    const bool lifts = is_among(lifting, turn.front());
    const bool any_list =
        std::any_of(turn.begin(), turn.end(), [](const Message& m) { return m.content == Shape::array; });
    if (length > 1 || lifts || renames(turn.front(), limits))
      MergedMessages(line, turn, lifts || any_list, limits).edit(edits);
  }
}

}  // namespace visionshard::example
