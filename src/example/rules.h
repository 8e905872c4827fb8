// What makes an example unacceptable before any image is touched, and which image values remain to be looked at.
#pragma once

#include <visionshard/options.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "example/example_spans.h"

namespace visionshard::example {

/// Indexes into ExampleSpans::messages and ExampleSpans::parts.
struct ImageRef {
  std::uint32_t message;
  std::uint32_t part;
};

struct PlacedFault {
  std::uint32_t at;  // in the line
  Fault fault;
};

struct ValidationResult {
  bool wants_all = false;  // the caller's: fill `all` too
  std::vector<PlacedFault> all;
  std::optional<Fault> fault;
  std::vector<ImageRef> images;   // to be looked at, in document order
  std::vector<ImageRef> dropped;  // in messages of a role that may have none, where the options drop them; likewise
};

/// Applies the rules of `limits` to an spans of `line`; the fault is the first in document order, `all` is sorted by
/// place.
void validate(std::string_view line, const ExampleSpans& spans, const Limits& limits, const LineOptions& options,
              ValidationResult& validation);

/// The role under which the message is written.
Role taken_role(const Message& message, const Limits& limits) noexcept;

/// Whether neighboring messages have one role of those whose messages are merged: not tool, not function.
bool same_side(const Message& a, const Message& b, const Limits& limits) noexcept;

/// Whether merging the two loses no key: neither has one beside role and content but an equal weight.
bool keys_merge(const Message& a, const Message& b) noexcept;

/// Whether neighboring messages with text have the same role and can be merged, so that they are one turn.
bool same_turn(const Message& a, const Message& b, const Limits& limits) noexcept;

/// Whether any message's content is a list of parts.
bool has_list(const ExampleSpans& spans) noexcept;

/// JSON pointer to the content part, content, message or key of the line that the byte `at` belongs to; empty where to
/// none, or to a key too long to be shown.
std::string pointer_at(std::string_view line, const ExampleSpans& spans, std::uint32_t at);

/// JSON pointer to a key of the line; empty where it is too long to be shown.
std::string field_pointer(std::string_view line, const Field& field);

/// JSON pointer (RFC 6901) of a content part, for example "/messages/1/content/2".
std::string part_pointer(const ExampleSpans& spans, ImageRef ref);

}  // namespace visionshard::example
