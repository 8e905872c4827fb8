// Bytes of text per second, for each kernel that this processor supports, and for memcpy of the same text.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base64/base64.h"

namespace {

namespace base64 = visionshard::base64;

std::vector<std::byte> random_bytes(std::size_t text_bytes) {
  std::mt19937_64 random(1);
  std::vector<std::byte> bytes(text_bytes / 4 * 3);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

std::string clean_text(const std::vector<std::byte>& bytes) {
  std::string text(base64::encoded_length(bytes.size()), '\0');
  base64::encode(bytes, text.data(), base64::Kernel::scalar);
  return text;
}

std::string broken_into_lines(const std::string& text, std::size_t line, const char* line_break) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); at += line) result.append(text, at, line).append(line_break);
  return result;
}

std::string replaced(const std::string& text, char from, const char* to) {
  std::string result;
  for (const char c : text) c == from ? result.append(to) : result.append(1, c);
  return result;
}

using Writing = std::string (*)(const std::string& clean);

void decode(benchmark::State& state, base64::Kernel kernel, Writing writing, base64::Status status) {
  const std::vector<std::byte> bytes = random_bytes(static_cast<std::size_t>(state.range(0)));
  const std::string text = writing(clean_text(bytes));
  std::vector<std::byte> out(base64::decode_capacity(text.size()));
  const base64::Decoded first = base64::decode(text, out.data(), kernel);
  if (first.status != status || first.bytes != bytes.size() || std::memcmp(out.data(), bytes.data(), bytes.size()) != 0)
    return state.SkipWithError("wrong answer");
  for (auto _ : state) {
    benchmark::DoNotOptimize(base64::decode(text, out.data(), kernel));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void encode(benchmark::State& state, base64::Kernel kernel) {
  const std::vector<std::byte> bytes = random_bytes(static_cast<std::size_t>(state.range(0)));
  const std::string expected = clean_text(bytes);
  std::string text(expected.size(), '\0');
  base64::encode(bytes, text.data(), kernel);
  if (text != expected) return state.SkipWithError("wrong answer");
  for (auto _ : state) {
    base64::encode(bytes, text.data(), kernel);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

// Aligned: between buffers as malloc() places them, memcpy of 4 KB to 256 KB was measured at 1.8 GB/s on an EPYC of
// family 25, which says nothing about memory.
void copy(benchmark::State& state) {
  const auto text_bytes = static_cast<std::size_t>(state.range(0));
  struct Line {
    alignas(64) char bytes[64];
  };
  const std::vector<Line> text(text_bytes / sizeof(Line), Line{{'A'}});
  std::vector<Line> out(text.size());
  for (auto _ : state) {
    std::memcpy(out.data(), text.data(), text_bytes);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text_bytes));
}

struct Tolerated {
  const char* name;
  Writing writing;
};

constexpr Tolerated tolerated[] = {
    {"mime_76_n", [](const std::string& text) { return broken_into_lines(text, 76, "\\n"); }},
    {"mime_76_rn", [](const std::string& text) { return broken_into_lines(text, 76, "\\r\\n"); }},
    {"mime_64_n", [](const std::string& text) { return broken_into_lines(text, 64, "\\n"); }},
    {"lines_61_n", [](const std::string& text) { return broken_into_lines(text, 61, "\\n"); }},
    {"escaped_slashes", [](const std::string& text) { return replaced(text, '/', "\\/"); }},
    {"mime_76_n_escaped_slashes",
     [](const std::string& text) { return replaced(broken_into_lines(text, 76, "\\n"), '/', "\\/"); }},
    {"url_safe", [](const std::string& text) { return replaced(replaced(text, '+', "-"), '/', "_"); }},
    {"one_space_in_front", [](const std::string& text) { return " " + text; }},
    {"unicode_escapes_only",
     [](const std::string& text) {
       std::string result;
       for (const char c : text) {
         char escape[7];
         std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
         result += escape;
       }
       return result;
     }},
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const auto sized = [](benchmark::internal::Benchmark* bench) { bench->RangeMultiplier(4)->Range(1 << 10, 16 << 20); };
  sized(benchmark::RegisterBenchmark("memcpy", copy));
  for (const base64::Kernel kernel : base64::available_kernels()) {
    const std::string name(base64::name(kernel));
    sized(benchmark::RegisterBenchmark(("decode/" + name).c_str(), [kernel](benchmark::State& state) {
      decode(
          state, kernel, [](const std::string& text) { return text; }, base64::Status::clean);
    }));
    sized(benchmark::RegisterBenchmark(("encode/" + name).c_str(),
                                       [kernel](benchmark::State& state) { encode(state, kernel); }));
    for (const Tolerated& way : tolerated)
      benchmark::RegisterBenchmark(
          ("tolerant/" + std::string(way.name) + "/" + name).c_str(),
          [kernel, way](benchmark::State& state) { decode(state, kernel, way.writing, base64::Status::tolerated); })
          ->Arg(4 << 10)
          ->Arg(1 << 20);
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
