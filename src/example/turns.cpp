#include "example/turns.h"

#include <algorithm>

namespace visionshard::example {

Role taken_role(const Message& message, const Limits& limits) noexcept {
  return message.role == Role::developer && limits.developer_to_system ? Role::system : message.role;
}

bool same_side(const Message& a, const Message& b, const Limits& limits) noexcept {
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

bool has_list(const ExampleSpans& spans) noexcept {
  return std::any_of(spans.messages.begin(), spans.messages.end(),
                     [](const Message& message) { return message.content == Shape::array; });
}

}  // namespace visionshard::example
