// Writing a line: spliced, written to a shard, hashed, or written to rejected.jsonl. Files are on tmpfs unless TMPDIR
// names another folder, so no disk is measured.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "../../tests/support/temporary_directory.h"
#include "base/sha256.h"
#include "base/xxh128.h"
#include "base64/base64.h"
#include "example/splice.h"
#include "output/rejected.h"
#include "output/run_directory.h"
#include "output/shard_file.h"

namespace {

using visionshard::as_bytes;
using visionshard::Bytes;
using visionshard::Fault;
using visionshard::FaultCode;
using visionshard::Rejects;
using visionshard::Sha256;
using visionshard::Xxh128;
using visionshard::example::Edit;
using visionshard::output::RejectedFile;
using visionshard::output::RejectedLine;
using visionshard::output::ShardFile;
using visionshard::test::TemporaryDirectory;
using visionshard::test::text_of;

constexpr std::size_t shard_bytes = 128 << 20;
constexpr std::size_t rejected_bytes = 32 << 20;

// A line as most of a corpus is: a little JSON around base64, without its newline.
std::string line_of(std::size_t bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string head = R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":")";
  const std::string tail = R"("}}]},{"role":"assistant","content":"A \"lake\"."}]})";
  std::mt19937_64 random(1);
  std::string line = head;
  while (line.size() + tail.size() < bytes) line += alphabet[random() % 64];
  return line + tail;
}

template <class Digest>
std::string digest_of(std::string_view text, std::size_t step_bytes) {
  Digest digest;
  for (std::size_t at = 0; at < text.size(); at += step_bytes) digest.update(as_bytes(text.substr(at, step_bytes)));
  return visionshard::hexadecimal(digest.finish());
}

// `abc` is the digest of these letters, by sha256sum or `xxhsum -H2`.
template <class Digest>
void digest(benchmark::State& state, const char* abc) {
  const std::string text = line_of(static_cast<std::size_t>(state.range(0)));
  if (digest_of<Digest>("abc", 3) != abc || digest_of<Digest>(text, text.size()) != digest_of<Digest>(text, 1001))
    return state.SkipWithError("wrong answer");
  for (auto _ : state) benchmark::DoNotOptimize(digest_of<Digest>(text, text.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

// Edits of 100 KB at even distances, last first, as they may come from work done in any order.
std::vector<Edit> edits_of(const std::string& line, std::size_t count) {
  std::vector<Edit> edits;
  for (std::size_t i = count; i > 0; --i) {
    const std::size_t begin = line.size() * i / (count + 1);
    auto text = std::make_shared<const std::string>(100'000, static_cast<char>('a' + i));
    edits.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + 10), as_bytes(*text), text});
  }
  return edits;
}

void splice(benchmark::State& state) {
  const std::string line = line_of(300'000);
  std::vector<Edit> edits = edits_of(line, static_cast<std::size_t>(state.range(0)));
  std::string expected = line;
  for (const Edit& edit : edits) expected.replace(edit.begin, edit.end - edit.begin, visionshard::as_text(edit.text));

  std::vector<iovec> pieces;
  std::uint64_t bytes = 0;
  const auto work = [&] {
    pieces.clear();
    visionshard::example::sort_edits(edits);
    bytes = visionshard::example::spliced_bytes(line, edits);
    visionshard::example::append_pieces(line, edits, pieces);
  };
  work();
  std::string made;
  for (const iovec& piece : pieces) made.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  if (made != expected || bytes != expected.size()) return state.SkipWithError("wrong answer");
  for (auto _ : state) {
    work();
    benchmark::DoNotOptimize(pieces.data());
  }
  state.SetItemsProcessed(state.iterations());
}

// One shard of 128 MiB, in batches as the pipeline makes them: pieces of a line each, about 1 MiB together.
void shard_file(benchmark::State& state, bool hashed) {
  const std::string line = line_of(static_cast<std::size_t>(state.range(0)) - 1) + "\n";
  const std::size_t lines_a_batch = std::max<std::size_t>(1, (1 << 20) / line.size());
  const std::vector<iovec> batch(lines_a_batch, {const_cast<char*>(line.data()), line.size()});
  const std::size_t batch_bytes = lines_a_batch * line.size();
  const std::size_t batches = shard_bytes / batch_bytes;
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() / visionshard::output::work_directory_name);
  const auto write = [&] {
    ShardFile shard(directory.path().native(), "bench.jsonl", 0, visionshard::Durability::none,
                    visionshard::DigestOption::xxh128);
    for (std::size_t i = 0; i < batches; ++i) {
      if (!shard.write(batch, i * batch_bytes)) std::abort();
      if (hashed) shard.hash(batch);
      for (std::size_t n = 0; n < lines_a_batch; ++n)
        shard.count({.examples = 1, .image_examples = 1, .images = 1, .bytes = line.size()});
    }
    if ((hashed && !shard.complete()) || !shard.publish()) std::abort();
    return shard.info();
  };
  const std::string path = directory.file("bench.jsonl");
  const auto first = write();
  std::string expected;
  for (std::size_t n = batches * lines_a_batch; n > 0; --n) expected += line;
  if (first.bytes != expected.size() || text_of(path) != expected ||
      (hashed && first.xxh128 != digest_of<Xxh128>(expected, expected.size())))
    return state.SkipWithError("wrong answer");
  for (auto _ : state) {
    state.PauseTiming();
    std::filesystem::remove(path);
    state.ResumeTiming();
    write();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(expected.size()));
}

// Whether each record gives `line` back.
bool gives_back(const std::string& records, const std::string& line, std::size_t count, bool as_base64) {
  simdjson::dom::parser parser;
  for (const simdjson::dom::element record : parser.parse_many(records, records.size())) {
    std::string_view raw;
    if (record[as_base64 ? "raw_base64" : "raw"].get(raw)) return false;
    Bytes decoded(visionshard::base64::decode_capacity(raw.size()));
    if (as_base64)
      raw = {reinterpret_cast<const char*>(decoded.data()), visionshard::base64::decode(raw, decoded.data()).bytes};
    if (raw != line) return false;
    --count;
  }
  return count == 0;
}

void rejected(benchmark::State& state, FaultCode code) {
  const std::string line = line_of(static_cast<std::size_t>(state.range(0)));
  const Fault fault{code, "/messages/0/content/0/image_url/url", "the image has no end"};
  const std::size_t count = rejected_bytes / line.size();
  const TemporaryDirectory directory;
  const std::string path = directory.file("rejected.jsonl");
  const auto write = [&] {
    RejectedFile file(directory.file("partial"), path, Rejects::full, visionshard::Durability::none);
    RejectedLine record;
    record.file = "corpus.jsonl";
    record.fault = &fault;
    record.raw = line;
    for (record.line = 1; record.line <= count; ++record.line)
      if (!file.add(record)) return false;
    return file.finish().has_value();
  };
  if (!write() || !gives_back(text_of(path), line, count, code == FaultCode::invalid_utf8))
    return state.SkipWithError("wrong answer");
  for (auto _ : state) {
    state.PauseTiming();
    std::filesystem::remove(path);
    state.ResumeTiming();
    if (!write()) return state.SkipWithError("not written");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(count * line.size()));
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  ::setenv("TMPDIR", "/dev/shm", 0);
  benchmark::RegisterBenchmark("xxh128", digest<Xxh128>, "06b05ab6733a618578af5f94892f3950")
      ->RangeMultiplier(8)
      ->Range(4 << 10, 16 << 20);
  benchmark::RegisterBenchmark("sha256", digest<Sha256>,
                               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
      ->RangeMultiplier(8)
      ->Range(4 << 10, 16 << 20);
  benchmark::RegisterBenchmark("splice", splice)->ArgName("edits")->Arg(0)->Arg(1)->Arg(10);
  const auto register_sized = [](const char* name, auto bench) {
    benchmark::RegisterBenchmark(name, bench)->ArgName("line_bytes")->Arg(270)->Arg(300'000);
  };
  register_sized("shard/write", [](benchmark::State& state) { shard_file(state, false); });
  register_sized("shard/write_and_hash", [](benchmark::State& state) { shard_file(state, true); });
  register_sized("rejected/raw", [](benchmark::State& state) { rejected(state, FaultCode::corrupt_image); });
  register_sized("rejected/raw_base64", [](benchmark::State& state) { rejected(state, FaultCode::invalid_utf8); });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
