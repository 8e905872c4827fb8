// The codes of `check`: reasons for rejecting a line, conversions that a line would need, and codes of its own.
#pragma once

#include <visionshard/check.h>
#include <visionshard/fault.h>

#include "image/conversion.h"

namespace visionshard::checking {

enum class CheckCode : std::uint8_t {
  image_too_large,
  url_too_long,
  url_expires,
  url_share_page,
  url_slow,
  url_redirects,
  context,
  no_examples,
  too_few_examples,
  file_too_large,
  too_many_image_examples,
  missing_shard,
  not_in_manifest,
  rejected_lines,
  manifest_mismatch,
  blank_line,
  carriage_return,
  byte_order_mark,
  hidden_image,
  mixed_methods,
  not_json_lines,
  compressed,
};

inline constexpr std::size_t check_code_count = static_cast<std::size_t>(CheckCode::compressed) + 1;

class FindingCode {
 public:
  constexpr FindingCode(FaultCode code) : index_(static_cast<std::uint8_t>(code)) {}
  constexpr FindingCode(image::Conversion code)
      : index_(static_cast<std::uint8_t>(fault_code_count + static_cast<std::size_t>(code))) {}
  constexpr FindingCode(CheckCode code)
      : index_(static_cast<std::uint8_t>(fault_code_count + image::conversion_count + static_cast<std::size_t>(code))) {
  }

  constexpr std::size_t index() const noexcept { return index_; }
  friend constexpr bool operator==(FindingCode a, FindingCode b) noexcept { return a.index_ == b.index_; }

 private:
  std::uint8_t index_;
};

inline constexpr std::size_t finding_code_count = fault_code_count + image::conversion_count + check_code_count;
static_assert(finding_code_count <= 256);

struct FindingKind {
  std::string_view code;
  std::string_view meaning;
  Effect effect = Effect::skipped;
  bool repairable = false;
};

/// The meaning of a code, and its effect with the provider of `limits`: skipped or refused where the provider's
/// documents or its own checker say so, else a warning. Thread-safe.
FindingKind kind_of(FindingCode code, const Limits& limits);

}  // namespace visionshard::checking
