// Base64 text <-> bytes, with no policy about what the bytes mean.
//
// The text is the inside of a JSON string, so besides the alphabet it may hold JSON escapes. Clean text (standard
// alphabet, full padding, zero bits after the last byte, nothing else) runs through a SIMD kernel; the first
// character that is not clean sends the rest through a tolerant path that accepts what people write: white space,
// escaped white space and slashes, \uXXXX spellings, percent escapes, the URL-safe alphabet, missing padding.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace visionshard::base64 {

enum class Kernel { scalar, ssse3, avx, avx2, avx512vbmi, neon };

/// The kernels this processor can run, slowest first; never empty.
std::span<const Kernel> available_kernels() noexcept;

/// The kernel used where none is named: the fastest available one, or the one the environment variable
/// VISIONSHARD_BASE64_KERNEL names if it is available. Decided once.
Kernel active_kernel() noexcept;

/// The name by which a kernel is forced and reported: "scalar", "ssse3", "avx", "avx2", "avx512vbmi", "neon".
std::string_view name(Kernel kernel) noexcept;

enum class Status {
  clean,               // standard alphabet, right padding, nothing else: encode() gives the same text back
  tolerated,           // decoded, but written in a way encode() would not write it
  bad_character,       // a character (or escape) outside both alphabets, white space and padding
  impossible_length,   // one character left over, or more padding than the last group can take
  data_after_padding,  // alphabet characters after a padding character
};

struct Decoded {
  Status status;
  std::size_t bytes;     // written to out; meaningful where ok()
  std::size_t position;  // offset in text of the first fault (text.size() for impossible_length); 0 where there is none

  bool ok() const noexcept { return status == Status::clean || status == Status::tolerated; }
};

/// Bytes that out must have room for in decode(): the longest result, plus what a kernel may write beyond it.
constexpr std::size_t decode_capacity(std::size_t text_bytes) noexcept { return text_bytes / 4 * 3 + 3 + 64; }

/// Exact length of what encode() writes (RFC 4648 section 4, with padding).
constexpr std::size_t encoded_length(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

/// Decodes text, which need not be padded in memory, into out (decode_capacity(text.size()) bytes).
/// Thread-safe. Never reads outside text and never writes beyond the stated capacity.
Decoded decode(std::string_view text, std::byte* out, Kernel kernel = active_kernel()) noexcept;

struct DecodedPrefix {
  std::size_t characters;  // of `text`, all in the standard alphabet or padding
  std::size_t bytes;       // written to out
  bool is_whole;           // they are clean, and a quote follows
};

/// Decodes the clean text that `text` begins with, whose end, a quote, is not known. `out` is as decode() needs it.
/// Thread-safe.
DecodedPrefix decode_to_quote(std::string_view text, std::byte* out, Kernel kernel = active_kernel()) noexcept;

/// Whether the value of `text`, the inside of a JSON string, is clean: all that keeps it from being so are JSON
/// escapes, such as those of slashes, which JSON readers take away. Thread-safe.
bool clean_but_for_escapes(std::string_view text) noexcept;

/// Encodes bytes into out, exactly encoded_length(bytes.size()) characters. Thread-safe.
void encode(std::span<const std::byte> bytes, char* out, Kernel kernel = active_kernel()) noexcept;

}  // namespace visionshard::base64
