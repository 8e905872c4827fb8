// Every available kernel against the oracle, between guard pages. Without a test framework, so that the fuzzer and
// the emulated ARM run use the same code as the unit tests.
#pragma once

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base64/base64.h"
#include "base64_oracle.h"
#include "guarded_memory.h"

namespace visionshard::base64 {

constexpr std::size_t agreement_limit_bytes = std::size_t{1} << 16;

inline std::string describe(std::string_view what, Kernel kernel, std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 2000)) {
    const auto code = static_cast<unsigned char>(c);
    shown += code >= 0x20 && code < 0x7f ? std::string(1, c) : "<" + std::to_string(code) + ">";
  }
  return std::string(what) + " differs, kernel " + std::string(name(kernel)) + ", input: " + shown;
}

/// Empty where every kernel decodes text (at most agreement_limit_bytes) as the oracle does.
inline std::string decode_disagreement(std::string_view text) {
  static const test::GuardedMemory source(agreement_limit_bytes);
  static const test::GuardedMemory target(decode_capacity(agreement_limit_bytes));
  const oracle::Answer expected = oracle::decode(text);
  const std::size_t capacity = decode_capacity(text.size());
  for (const Kernel kernel : available_kernels()) {
    for (const bool at_end : {false, true}) {
      char* const in = at_end ? source.last(text.size()) : source.first();
      char* const out = at_end ? target.last(capacity) : target.first();
      if (!text.empty()) std::memcpy(in, text.data(), text.size());
      std::memset(out, 0x2a, capacity);  // what the kernel before this one wrote must not pass for its own
      const Decoded decoded = decode({in, text.size()}, reinterpret_cast<std::byte*>(out), kernel);
      if (decoded.status != expected.status) return describe("status", kernel, text);
      if (decoded.position != expected.position) return describe("position", kernel, text);
      const bool usable = expected.status == Status::clean || expected.status == Status::tolerated;
      if (usable && std::string_view(out, decoded.bytes) != expected.bytes) return describe("bytes", kernel, text);
    }
  }
  return "";
}

/// Empty where every kernel decodes text (at most agreement_limit_bytes) up to its first quote as the oracle does.
inline std::string prefix_disagreement(std::string_view text) {
  static const test::GuardedMemory source(agreement_limit_bytes);
  static const test::GuardedMemory target(decode_capacity(agreement_limit_bytes));
  const std::size_t quote = text.find('"');
  const oracle::Answer expected = oracle::decode(text.substr(0, quote));
  const bool is_whole = quote != std::string_view::npos && expected.status == Status::clean;
  const std::size_t capacity = decode_capacity(text.size());
  for (const Kernel kernel : available_kernels()) {
    char* const in = source.last(text.size());
    char* const out = target.last(capacity);
    if (!text.empty()) std::memcpy(in, text.data(), text.size());
    const DecodedPrefix prefix = decode_to_quote({in, text.size()}, reinterpret_cast<std::byte*>(out), kernel);
    if (prefix.is_whole != is_whole) return describe("whether the prefix is whole", kernel, text);
    if (!is_whole && text.find('"') < prefix.characters) return describe("the end of the prefix", kernel, text);
    if (is_whole && prefix.characters != quote) return describe("the length of the prefix", kernel, text);
    if (is_whole && std::string_view(out, prefix.bytes) != expected.bytes) return describe("bytes", kernel, text);
  }
  return "";
}

/// Empty where every kernel encodes bytes (at most half of agreement_limit_bytes) as the oracle does.
inline std::string encode_disagreement(std::string_view bytes) {
  static const test::GuardedMemory source(agreement_limit_bytes);
  static const test::GuardedMemory target(agreement_limit_bytes);
  const std::string expected = oracle::encode(bytes);
  for (const Kernel kernel : available_kernels()) {
    for (const bool at_end : {false, true}) {
      char* const in = at_end ? source.last(bytes.size()) : source.first();
      char* const out = at_end ? target.last(expected.size()) : target.first();
      if (!bytes.empty()) std::memcpy(in, bytes.data(), bytes.size());
      std::memset(out, 0x2a, expected.size());
      encode({reinterpret_cast<const std::byte*>(in), bytes.size()}, out, kernel);
      if (std::string_view(out, expected.size()) != expected) return describe("text", kernel, expected);
    }
  }
  return "";
}

/// Bytes a kernel writes after the 48 that 64 clean characters stand for: 16-, 32- and 64-byte stores of 12, 24 and
/// 48 bytes, a 4-byte store of 3, or exact stores (NEON). Different for each kernel, so it shows which one ran.
inline std::size_t bytes_written_behind(Kernel kernel) {
  std::vector<std::byte> out(decode_capacity(64), std::byte{0xa5});
  decode(std::string(64, '/'), out.data(), kernel);
  const auto untouched = [](std::byte b) { return b == std::byte{0xa5}; };
  return static_cast<std::size_t>(std::find_if_not(out.rbegin(), out.rend(), untouched).base() - out.begin()) - 48;
}

inline std::size_t expected_bytes_written_behind(Kernel kernel) {
  switch (kernel) {
    case Kernel::scalar: return 1;
    case Kernel::ssse3:
    case Kernel::avx: return 4;
    case Kernel::avx2: return 8;
    case Kernel::avx512vbmi: return 16;
    case Kernel::neon: return 0;
  }
  return 99;
}

class RandomTexts {
 public:
  explicit RandomTexts(unsigned seed) : random_(seed) {}

  std::string bytes(std::size_t length) {
    std::string result(length, '\0');
    for (char& c : result) c = static_cast<char>(below(256));
    return result;
  }

  /// Encoded random bytes, written in one or more of the ways people write them, sometimes with a fault.
  std::string text(std::size_t byte_limit) {
    std::string clean = oracle::encode(bytes(below(byte_limit + 1)));
    if (one_in(4)) clean.erase(std::min(clean.find('='), clean.size()));
    if (one_in(8)) clean.resize(below(clean.size() + 1));
    if (one_in(8)) clean.append(below(4), '=');
    const std::size_t line = one_in(2) ? 1 + below(100) : 0;
    const std::string line_break = pick({"\n", "\r\n", "\\n", "\\r\\n", " ", "\\u000A", "\\t", "\f\\f", "\\u0020"});
    const std::size_t escapes = one_in(3) ? 1 + below(64) : 0;
    const bool escaped_slashes = one_in(3);
    const bool url_safe = one_in(3);
    std::string result;
    for (std::size_t i = 0; i < clean.size(); ++i) {
      if (line > 0 && i > 0 && i % line == 0) result += line_break;
      const char c = url_safe && clean[i] == '+' ? '-' : url_safe && clean[i] == '/' ? '_' : clean[i];
      if (escapes > 0 && below(escapes) == 0)
        result += escape(c);
      else
        result += escaped_slashes && c == '/' ? "\\/" : std::string(1, c);
    }
    if (one_in(4)) result += line_break;
    if (one_in(4) && !result.empty()) {
      const std::size_t at = below(result.size());
      const std::string fault = pick({"=", "!", "\\", "\\b", "\\u", "\\u00", "\\u0141", "\\u00g1", "\v", "A", "\\\\"});
      if (one_in(2))
        result.replace(at, 1, fault);
      else
        result[at] = static_cast<char>(below(256));
    }
    return result;
  }

  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  bool one_in(std::size_t n) { return below(n) == 0; }

  std::string pick(const std::vector<std::string>& choices) { return choices[below(choices.size())]; }

  std::string escape(char c) {
    const std::string digits = one_in(2) ? "0123456789abcdef" : "0123456789ABCDEF";
    const auto code = static_cast<unsigned char>(c);
    return std::string("\\u00") + digits[code >> 4] + digits[code & 15];
  }

  std::mt19937 random_;
};

/// Texts made to sit on the kernels' edges: every length, oddities at every place, every byte value around the block
/// edges, oddities around the size of the tolerant path's buffer.
template <typename Visit>
void for_each_edge_text(Visit visit) {
  RandomTexts random(1);
  const std::string sample = oracle::encode(random.bytes(9000));
  for (std::size_t length = 0; length <= 300; ++length) {
    visit(sample.substr(0, length));
    visit(oracle::encode(std::string_view(sample).substr(0, length)));
  }
  const auto visit_with = [&](std::size_t at, std::size_t value) {
    std::string text = sample.substr(0, 600);
    text[at] = static_cast<char>(value);
    visit(text);
  };
  for (std::size_t at = 0; at < 600; ++at)
    for (const std::size_t value : {0x00U, 0x21U, 0x2dU, 0x3dU, 0x5cU, 0xc1U}) visit_with(at, value);
  for (std::size_t value = 0; value < 256; ++value)
    for (const std::size_t edge : {2U, 16U, 32U, 64U, 128U, 256U, 512U, 576U, 598U})
      for (std::size_t at = edge - 2; at < edge + 2; ++at) visit_with(at, value);
  for (const std::string oddity : {" ", "\\n", "-", "\\u0041", "\\/", "=", "!"})
    for (std::size_t first = 0; first < 6; ++first)
      for (std::size_t second = 4088; second < 4104; ++second)
        visit(std::string(sample, 0, first) + " " + std::string(sample, first, second) + oddity +
              std::string(sample, 0, 4200));
}

}  // namespace visionshard::base64
