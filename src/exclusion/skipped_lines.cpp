#include "exclusion/skipped_lines.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "exclusion/skipped_in_json.h"

namespace visionshard::exclusion {
namespace {

constexpr std::uint64_t longest_range = 1'000'000;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

void skip_blanks(std::string_view& text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

bool skip(std::string_view& text, std::string_view word) noexcept {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

std::optional<std::uint64_t> take_number(std::string_view& text) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number == 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

struct Numbers {
  std::vector<std::uint64_t> lines;
  std::size_t size = 0;  // of the text that they take
};

// "3, 5-7, 9 to 11 and 13": as many as follow each other from the beginning of `text`.
Numbers take_numbers(std::string_view text) {
  const std::size_t all = text.size();
  Numbers numbers;
  for (;;) {
    const auto first = take_number(text);
    if (!first) break;
    std::uint64_t last = *first;
    std::string_view after = text;
    skip_blanks(after);
    constexpr std::array range_signs = {"-", "\xE2\x80\x93", "\xE2\x80\x94", "..", "to ", "through "};
    if (std::ranges::any_of(range_signs, [&](const char* sign) { return skip(after, sign); })) {
      skip_blanks(after);
      if (const auto end = take_number(after); end && *end >= *first && *end - *first < longest_range) {
        last = *end;
        text = after;
      }
    }
    for (std::uint64_t line = *first; line <= last; ++line) numbers.lines.push_back(line);
    numbers.size = all - text.size();
    skip_blanks(text);
    bool separated = skip(text, ",") || skip(text, ";") || skip(text, "&");
    skip_blanks(text);
    separated |= skip(text, "and ");
    skip_blanks(text);
    if (!separated && (text.empty() || !is_digit(text.front()))) break;
  }
  return numbers;
}

// In any case, and no part of a longer word.
bool ends_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  const std::string_view end = text.substr(text.size() - word.size());
  return ascii::equal_in_any_case(end, word) &&
         (text.size() == word.size() || !is_letter(text[text.size() - word.size() - 1]));
}

// Whether numbers that follow `before` are those of lines: after such a word, and at most a sign in between.
bool ends_with_line_word(std::string_view before) {
  const auto trim = [&](std::string_view characters) {
    const std::size_t last = before.find_last_not_of(characters);
    before = before.substr(0, last == std::string_view::npos ? 0 : last + 1);
  };
  const auto ends_with_one_of = [&](const auto& words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return ends_with_word(before, word); });
  };
  trim(" \t:#=([");
  while (ends_with_one_of(std::array{"number", "numbers", "no"})) {
    while (!before.empty() && is_letter(before.back())) before.remove_suffix(1);
    trim(" \t:#=([");
  }
  return ends_with_one_of(std::array{"line", "lines", "row", "rows", "example", "examples", "sample", "samples",
                                     "index", "indexes", "indices"});
}

// The last sentence before the numbers, without the words that only introduce them.
std::string reason_in(std::string_view before) {
  constexpr std::string_view marks = " \t:;,.#=([{\"'-";
  constexpr std::array introductions = {"line numbers", "line number", "lines",   "line",   "rows",  "row",
                                        "examples",     "example",     "samples", "sample", "index", "indices",
                                        "on",           "in",          "at",      "the"};
  for (bool again = true; again;) {
    const std::size_t last = before.find_last_not_of(marks);
    before = before.substr(0, last == std::string_view::npos ? 0 : last + 1);
    const auto found =
        std::ranges::find_if(introductions, [&](std::string_view word) { return ends_with_word(before, word); });
    again = found != introductions.end();
    if (again) before.remove_suffix(std::string_view(*found).size());
  }
  if (const std::size_t sentence = before.rfind(". "); sentence != std::string_view::npos)
    before.remove_prefix(sentence + 2);
  const std::size_t first = before.find_first_not_of(" \t:;,.#=)]}[{\"'-*");
  return std::string(before.substr(first == std::string_view::npos ? before.size() : first));
}

// Whether nothing but the end of a sentence follows.
bool ends_after(std::string_view rest) {
  return std::ranges::none_of(rest, [](char c) { return is_letter(c) || is_digit(c); });
}

// A list can go on in the next line of the text, which then has numbers alone. `reason` is that of the list before, if
// one was open.
bool continues_list(std::string_view line, const std::optional<std::string>& reason, std::vector<SkippedLine>& found) {
  constexpr std::string_view bullets = " \t-*,", ends = " \t\r,;.])}\"";
  const std::size_t first = line.find_first_not_of(bullets), last = line.find_last_not_of(ends);
  if (!reason || first == std::string_view::npos || last == std::string_view::npos || last < first) return false;
  line = line.substr(first, last + 1 - first);
  skip(line, "and ");
  const Numbers numbers = take_numbers(line);
  if (numbers.size == 0 || numbers.size != line.size()) return false;
  for (const std::uint64_t number : numbers.lines) found.push_back({"", number, *reason});
  return true;
}

// "1,200" after a word for one line is one number, its thousands separated; 0 where it is none. Takes it from `text`.
std::uint64_t take_thousands(std::string_view& text) noexcept {
  std::size_t at = 0;
  std::uint64_t number = 0;
  while (at < text.size() && is_digit(text[at])) number = number * 10 + static_cast<std::uint64_t>(text[at++] - '0');
  if (at == 0 || at > 3 || number == 0) return 0;
  bool any = false;
  const auto has_group = [&] {
    return at + 4 <= text.size() && text[at] == ',' && is_digit(text[at + 1]) && is_digit(text[at + 2]) &&
           is_digit(text[at + 3]) && (at + 4 == text.size() || !is_digit(text[at + 4]));
  };
  for (; has_group() && number < 1'000'000'000; at += 4, any = true)
    number = number * 1000 +
             static_cast<std::uint64_t>((text[at + 1] - '0') * 100 + (text[at + 2] - '0') * 10 + (text[at + 3] - '0'));
  if (!any) return 0;
  text.remove_prefix(at);
  return number;
}

bool ends_with_word_for_one(std::string_view before) {
  before = before.substr(0, before.find_last_not_of(" \t:#") + 1);
  constexpr std::array words = {"line", "Line", "row", "Row", "example", "Example", "sample", "Sample"};
  return std::ranges::any_of(words, [&](const char* word) { return before.ends_with(word); });
}

// Returns the reason of a list that the next line may go on with.
std::optional<std::string> read_line(std::string_view line, std::vector<SkippedLine>& found) {
  const std::size_t last = line.find_last_not_of(" \t\r");
  line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
  // FILE:LINE alone.
  if (const std::size_t colon = line.rfind(':'); colon != std::string_view::npos && colon > 0) {
    std::string_view number = line.substr(colon + 1), file = line.substr(0, colon);
    const auto value = take_number(number);
    if (value && number.empty() && (file.ends_with(".jsonl") || file.find('/') != std::string_view::npos)) {
      found.push_back({std::string(file), *value, ""});
      return std::nullopt;
    }
  }
  std::optional<std::string> open;
  if (line.ends_with('[') || ends_with_line_word(line)) open = reason_in(line);
  std::size_t said = 0;  // up to here it belongs to reasons before
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (!is_digit(line[at]) || (at > 0 && (is_letter(line[at - 1]) || is_digit(line[at - 1]) || line[at - 1] == '.')))
      continue;
    const std::string_view before = line.substr(said, at - said);
    Numbers numbers;
    std::string_view after = line.substr(at);
    if (const std::uint64_t one = ends_with_word_for_one(before) ? take_thousands(after) : 0; one > 0)
      numbers = {{one}, line.size() - at - after.size()};
    else
      numbers = take_numbers(after);
    if (numbers.size == 0) continue;
    const std::string_view rest = line.substr(at + numbers.size);
    const std::size_t opening = before.find_last_not_of(" \t");
    const char mark = opening == std::string_view::npos ? ' ' : before[opening];
    const bool bracketed =
        mark == '[' && (rest.starts_with(']') || rest.starts_with("...") || rest.starts_with(", ..."));
    if (bracketed || ends_with_line_word(before) || (mark == ':' && ends_after(rest))) {
      const std::string reason = reason_in(before);
      for (const std::uint64_t number : numbers.lines) found.push_back({"", number, reason});
      said = at + numbers.size;
      if (rest.find_first_not_of(" \t,;&") == std::string_view::npos || rest == ", and") open = reason;
    }
    at += numbers.size - 1;
  }
  return open;
}

std::vector<SkippedLine> skipped_in_text(std::string_view text) {
  std::vector<SkippedLine> found;
  std::optional<std::string> open;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t escape = line.find("\\n");  // of a string that was cut out of JSON
    const std::size_t taken = escape == std::string_view::npos ? line.size() + 1 : escape + 2;
    line = line.substr(0, escape);
    if (!continues_list(line, open, found)) open = read_line(line, found);
    text.remove_prefix(std::min(text.size(), taken));
  }
  return found;
}

}  // namespace

std::vector<SkippedLine> skipped_lines(std::string_view text) {
  if (auto found = skipped_in_json(text, skipped_in_text); found && !found->empty()) return std::move(*found);
  return skipped_in_text(text);
}

}  // namespace visionshard::exclusion
