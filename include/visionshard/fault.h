// Why a line was rejected. The names are the `reason` of rejected.jsonl and are stable.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace visionshard {

enum class FaultCode : std::uint8_t {
  invalid_utf8,
  invalid_json,
  line_too_long,
  not_an_object,
  bad_messages,
  bad_role,
  bad_content,
  bad_part,
  bad_weight,
  bad_tool_call,
  lone_surrogate,
  no_assistant,
  no_user,
  duplicate_key,
  assistant_image,
  image_role,
  too_many_images,
  too_many_tokens,
  url_not_allowed,
  bad_url,
  bad_base64,
  empty_image,
  unknown_format,
  unsupported_format,
  corrupt_image,
  too_many_pixels,
  cannot_fit,
  file_not_found,
  outside_root,
  image_count,
  url_missing,
  url_unreachable,
  url_status,
  url_not_image,
  url_too_large,
  url_private,
  url_opted_out,
  example_too_large,
  internal_error,
};

inline constexpr std::size_t fault_code_count = static_cast<std::size_t>(FaultCode::internal_error) + 1;

/// Returns the stable name, for example "bad_base64". Thread-safe.
std::string_view name(FaultCode code) noexcept;

/// Returns one sentence for people: what the code means and what to do about it. Thread-safe.
std::string_view meaning(FaultCode code) noexcept;

/// One fault of a line: its code, its place in the JSON, and a sentence with the numbers that matter.
struct Fault {
  FaultCode code;
  std::string pointer;  // JSON pointer (RFC 6901) into the line; empty where none applies
  std::string detail;
};

/// Lines rejected, by code.
using RejectCounts = std::array<std::uint64_t, fault_code_count>;

}  // namespace visionshard
