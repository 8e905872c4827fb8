#include "cli/arguments/reject_bound.h"

#include <charconv>

namespace visionshard::cli {
namespace {

template <class Number>
std::optional<Number> number_in(const std::string& text, const char* characters) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return text.find_first_not_of(characters) == std::string::npos ? std::optional(number) : std::nullopt;
}

}  // namespace

bool RejectBound::is_exceeded(const Counts& counts) const noexcept {
  const double examples = static_cast<double>(counts.lines - counts.blank);
  return (lines && counts.rejected > *lines) ||
         (percent && static_cast<double>(counts.rejected) * 100 > *percent * examples);
}

std::optional<RejectBound> parse_reject_bound(const std::string& text) {
  RejectBound bound;
  if (text.empty()) return bound;
  if (text.ends_with('%')) {
    bound.percent = number_in<double>(text.substr(0, text.size() - 1), "0123456789.");
    return bound.percent && *bound.percent <= 100 ? std::optional(bound) : std::nullopt;
  }
  bound.lines = number_in<std::uint64_t>(text, "0123456789");
  return bound.lines ? std::optional(bound) : std::nullopt;
}

}  // namespace visionshard::cli
