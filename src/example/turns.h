// Which neighboring messages are one turn of the conversation.
#pragma once

#include <visionshard/options.h>

#include <array>

#include "example/example_spans.h"

namespace visionshard::example {

/// The role under which the message is written.
Role taken_role(const Message& message, const Limits& limits) noexcept;

/// Whether neighboring messages have the same role, and one whose messages are merged: not tool, not function.
bool same_side(const Message& a, const Message& b, const Limits& limits) noexcept;

/// Whether merging the two loses no key: neither has a key beside role and content, except an equal weight.
bool keys_merge(const Message& a, const Message& b) noexcept;

/// Whether neighboring messages with text have the same role and can be merged, so that they are one turn.
bool same_turn(const Message& a, const Message& b, const Limits& limits) noexcept;

/// The branches of which some message's content is a list of parts; by Branch.
std::array<bool, 4> branches_with_lists(const ExampleSpans& spans) noexcept;

}  // namespace visionshard::example
