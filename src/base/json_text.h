// JSON strings as they are spelled: checked, compared and unescaped without a parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace visionshard::json {

struct Escapes {
  bool valid = true;  // each is one that RFC 8259 section 7 allows; unpaired surrogates are within its grammar
  std::size_t lone_surrogate = std::string_view::npos;  // the first of them, where all before it are valid
};

/// Looks at every escape in the inside of a JSON string.
Escapes read_escapes(std::string_view inside) noexcept;

/// Whether `token` is a number of RFC 8259 section 6.
bool number_valid(std::string_view token) noexcept;

/// The value of the inside of a JSON string with valid escapes, as UTF-8. Unpaired surrogates become U+FFFD.
std::string unescape(std::string_view inside);

/// The longest beginning of `inside` (valid escapes) that has at most `most` bytes and cuts no escape.
std::string_view beginning(std::string_view inside, std::size_t most) noexcept;

/// The longest beginning of UTF-8 that has at most `most` bytes and cuts no character.
std::string_view whole_characters(std::string_view text, std::size_t most) noexcept;

/// Whether the inside of a JSON string with valid escapes has the value `plain`.
bool equals(std::string_view inside, std::string_view plain);

/// Appends `text` as the inside of a JSON string: quotes, backslashes and control characters escaped, UTF-8 kept.
void append_escaped(std::string& out, std::string_view text);

/// A key as it stands in a JSON pointer (RFC 6901): "~" and "/" escaped.
std::string pointer_token(std::string_view key);

/// Bytes of the character of UTF-8 (RFC 3629 section 4) that `text` begins with; 0 where there is none.
std::size_t character_bytes(std::string_view text) noexcept;

/// `text` with U+FFFD in place of each byte that is not part of UTF-8, as file names can have.
std::string as_utf8(std::string_view text);

/// `text` in quotes as a JSON string.
std::string quoted(std::string_view text);

/// Characters of a value that a message shows.
inline constexpr std::size_t excerpt_characters = 80;

/// The first excerpt_characters of `text` for a message: in quotes, without raw control characters, as UTF-8; "..."
/// where it goes on.
std::string excerpt(std::string_view text);

/// The same of a value as it is spelled in a line (valid JSON), with the spelling kept.
std::string excerpt_as_spelled(std::string_view token);

}  // namespace visionshard::json
