// JSON pointers (RFC 6901) to places in a line, and excerpts of the values there, for messages.
#pragma once

#include <string>
#include <string_view>

#include "example/example_spans.h"

namespace visionshard::example {

/// Pointer to the content part, content, message or key of the line that the byte `at` belongs to; empty where it
/// belongs to none, or to a key that is too long for a message.
std::string pointer_at(std::string_view line, const ExampleSpans& spans, std::uint32_t at);

/// Pointer to a key of the line's own object; empty where the key is too long for a message.
std::string field_pointer(std::string_view line, const Field& field);

/// Pointer to a message, for example "/messages/1".
std::string message_pointer(const Message& message);

/// Pointer to a content part, for example "/messages/1/content/2".
std::string part_pointer(const ExampleSpans& spans, ImageRef ref);

/// The value at `at`, which ends before `end`, as the line spells it; cut to the length of an excerpt. Arrays and
/// objects are only called so.
std::string value_excerpt(std::string_view line, std::uint32_t at, std::uint32_t end);

}  // namespace visionshard::example
