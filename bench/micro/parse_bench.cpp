// Parsing lines into spans, and validating blocks of lines: the cost of a line without its images.
#include <benchmark/benchmark.h>

#include <cstring>
#include <random>

#include "example/parse.h"
#include "line/stages.h"

namespace {

namespace example = visionshard::example;
namespace line = visionshard::line;

std::string line_with(std::string_view url) {
  return R"({"messages":[{"role":"system","content":"You describe images."},{"role":"user","content":[)"
         R"({"type":"text","text":"What is shown here?"},{"type":"image_url","image_url":{"url":")" +
         std::string(url) + R"("}}]},{"role":"assistant","content":"A lake."}]})";
}

// A web URL, or base64 text of so many bytes.
std::string line_of(std::size_t value_bytes) {
  if (value_bytes == 0) return line_with("https://images.example.org/00000001.jpg");
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::mt19937_64 random(1);
  std::string url = "data:image/png;base64,";
  for (std::size_t i = 0; i < value_bytes; ++i) url += alphabet[random() % 64];
  return line_with(url);
}

void parse(benchmark::State& state) {
  const std::string text = line_of(static_cast<std::size_t>(state.range(0)));
  const std::string padded = text + std::string(example::line_padding, ' ');
  const std::string_view line = std::string_view(padded).substr(0, text.size());
  example::LineParser parser;
  example::ExampleSpans spans;
  if (!parser.parse(line, spans) || spans.messages.size() != 3 || spans.parts.size() != 2)
    return state.SkipWithError("wrong answer");
  for (auto _ : state) benchmark::DoNotOptimize(parser.parse(line, spans));
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}
BENCHMARK(parse)->ArgName("value_bytes")->Arg(0)->Arg(4'000)->Arg(300'000)->Arg(10'000'000);

// A block of lines with web URLs: cutting, parsing, the rules and the plan for each value.
void parse_block(benchmark::State& state) {
  constexpr std::size_t lines = 3'000;
  const std::string text = line_of(0) + "\n";
  line::LineBatch batch;
  batch.text.block.reserve(lines * text.size() + visionshard::input::block_padding);
  for (std::size_t i = 0; i < lines; ++i)
    std::memcpy(batch.text.block.data() + i * text.size(), text.data(), text.size());
  batch.text.end = lines * text.size();
  const line::LineContext context;
  line::Scratch scratch;
  if (!line::parse_batch(batch, context, scratch) || batch.lines != lines || batch.tasks.size() != lines)
    return state.SkipWithError("wrong answer");
  for (auto _ : state) {
    batch.clear();
    benchmark::DoNotOptimize(line::parse_batch(batch, context, scratch));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lines));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch.text.end));
}
BENCHMARK(parse_block);

}  // namespace

BENCHMARK_MAIN();
