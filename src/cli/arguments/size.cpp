#include "cli/arguments/size.h"

#include <charconv>
#include <map>

namespace visionshard::cli {

std::optional<std::uint64_t> parse_size(const std::string& text) {
  std::uint64_t number = 0, fraction = 0, parts = 1;
  const char* const text_end = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), text_end, number);
  if (error != std::errc()) return std::nullopt;
  if (end != text_end && *end == '.') {
    const char* const begin = end + 1;
    const auto after = std::from_chars(begin, text_end, fraction);
    end = after.ptr;
    if (after.ec != std::errc() || end - begin > 6) return std::nullopt;
    for (auto digits = end - begin; digits > 0; --digits) parts *= 10;
  }
  static const std::map<std::string, std::uint64_t> units = {{"", 1},
                                                             {"B", 1},
                                                             {"KB", 1000},
                                                             {"kB", 1000},
                                                             {"MB", 1000'000},
                                                             {"GB", 1000'000'000},
                                                             {"TB", 1000'000'000'000},
                                                             {"KiB", 1ull << 10},
                                                             {"MiB", 1ull << 20},
                                                             {"GiB", 1ull << 30},
                                                             {"TiB", 1ull << 40}};
  const auto unit = units.find(std::string(end, text_end));
  if (unit == units.end()) return std::nullopt;
  const std::uint64_t rest = fraction * unit->second / parts;  // whole bytes; below 10^6 times 2^40 before
  if (number > (UINT64_MAX - rest) / unit->second) return std::nullopt;
  return number * unit->second + rest;
}

}  // namespace visionshard::cli
