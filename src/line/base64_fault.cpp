#include "line/base64_fault.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/json_text.h"

namespace visionshard::line {
namespace {

struct CharacterCounts {
  std::size_t letters = 0, padding = 0, blanks = 0;
  bool has_line_breaks = false;
  bool equal_distances = true;  // of blanks
};

// Counts characters in every spelling; checks nothing.
CharacterCounts count_characters(std::string_view encoded) noexcept {
  CharacterCounts tally;
  std::size_t last_blank = 0, distance = 0;
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    const char c = encoded[at];
    if (c == '\\') {
      const char kind = at + 1 < encoded.size() ? encoded[at + 1] : '\0';
      tally.has_line_breaks |= kind == 'n' || kind == 'r';
      tally.letters += kind == '/' || kind == 'u';
      at += kind == 'u' ? 5 : 1;
    } else if (c == '%') {
      const std::string_view code = encoded.substr(at + 1, 2);
      tally.padding += code == "3D" || code == "3d";
      tally.letters += code == "2B" || code == "2b" || code == "2F" || code == "2f";
      at += 2;
    } else if (c == ' ') {
      const std::size_t gap = at - last_blank;
      if (tally.blanks == 0)
        distance = gap;
      else
        tally.equal_distances &= gap == distance + 1;
      last_blank = at;
      ++tally.blanks;
    } else {
      ++(c == '=' ? tally.padding : tally.letters);
    }
  }
  tally.equal_distances &= tally.blanks > 1;
  return tally;
}

bool blanks_for_plus(const CharacterCounts& tally) noexcept {
  return tally.blanks > 0 && !tally.has_line_breaks && !tally.equal_distances && tally.padding <= 2 &&
         (tally.letters + tally.blanks + tally.padding) % 4 == 0;
}

std::string impossible_length(const CharacterCounts& tally) {
  if (blanks_for_plus(tally)) return std::string(blanks_for_plus_detail);
  const std::size_t wanted = (4 - tally.letters % 4) % 4;
  if (wanted < 3 && tally.padding > wanted)
    return fmt::format("the base64 text has {} '=' at its end where its {} characters take {}; remove the surplus",
                       tally.padding, tally.letters, wanted);
  return fmt::format(
      "the base64 text has a length that no encoding has: {} characters and {} '='; it is cut off, or "
      "has lost characters",
      tally.letters, tally.padding);
}

bool starts_with_data(std::string_view encoded) {
  return ascii::begins_in_any_case(json::unescape(json::beginning(encoded, 30)), "data:");
}

}  // namespace

bool blanks_for_plus(std::string_view encoded) noexcept { return blanks_for_plus(count_characters(encoded)); }

std::string base64_fault(std::string_view encoded, const base64::Decoded& decoded) {
  if (decoded.status == base64::Status::impossible_length) return impossible_length(count_characters(encoded));
  if (starts_with_data(encoded))
    return fmt::format("the data URL's prefix stands twice: {}; leave one out",
                       json::excerpt(json::unescape(json::beginning(encoded, 60))));
  if (encoded.starts_with("b'") || encoded.starts_with("b\\\"") ||
      (encoded.ends_with('\'') && decoded.position + 1 == encoded.size()))
    return "Python's b'...' stands around the base64, bytes shown as text; write .decode(\"ascii\") after it before it "
           "is put into the line";
  const std::string what = decoded.status == base64::Status::data_after_padding ? "data after the padding"
                                                                                : "a character outside the alphabet";
  // An escape at this place may be cut off or invalid: the excerpt shows the text as it is spelled.
  return fmt::format("the base64 text has {} at character {} of {}: \"{}\"", what, decoded.position, encoded.size(),
                     json::excerpt_as_spelled(json::whole_characters(encoded.substr(decoded.position), 20)));
}

}  // namespace visionshard::line
