#include "example/turns.h"

namespace visionshard::example {

Role taken_role(const Message& message, const Limits& limits) noexcept {
  return message.role == Role::developer && limits.developer_to_system ? Role::system : message.role;
}

bool same_side(const Message& a, const Message& b, const Limits& limits) noexcept {
  if (a.branch != b.branch) return false;
  const Role role = taken_role(a, limits);
  const bool merges = role == Role::system || role == Role::developer || role == Role::user || role == Role::assistant;
  return merges && role == taken_role(b, limits);
}

bool keys_merge(const Message& a, const Message& b) noexcept {
  const auto weight_alone = [](const Message& m) { return m.other_keys == (m.weight != Weight::missing ? 1u : 0u); };
  return weight_alone(a) && weight_alone(b) && a.weight == b.weight && a.weight != Weight::other;
}

bool same_turn(const Message& a, const Message& b, const Limits& limits) noexcept {
  const auto has_text = [](const Message& m) {
    return m.content == Shape::string || (m.content == Shape::array && m.parts_begin < m.parts_end);
  };
  return same_side(a, b, limits) && keys_merge(a, b) && has_text(a) && has_text(b);
}

std::array<bool, 4> branches_with_lists(const ExampleSpans& spans) noexcept {
  std::array<bool, 4> branches{};
  for (const Message& message : spans.messages)
    branches[static_cast<std::size_t>(message.branch)] |= message.content == Shape::array;
  return branches;
}

}  // namespace visionshard::example
