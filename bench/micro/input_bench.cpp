// Bytes of text per second that BlockReader cuts into blocks of whole lines, plain and compressed, beside read() of the
// same file. Files are on tmpfs unless TMPDIR names another folder, so no disk is measured.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "../../tests/support/temporary_directory.h"
#include "base/file.h"
#include "input/block_reader.h"

namespace {

namespace input = visionshard::input;
using visionshard::test::TemporaryDirectory;

constexpr std::size_t block_bytes = 1 << 20;
constexpr std::size_t plain_bytes = 128 << 20;
constexpr std::size_t compressed_bytes = 32 << 20;

// Characters of the base64 alphabet, as most of a corpus is: six bits a byte, which no compressor gets below.
std::string lines_of(std::size_t line_bytes, std::size_t text_bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::mt19937_64 random(1);
  std::string text(text_bytes / line_bytes * line_bytes, '\0');
  for (char& c : text) c = alphabet[random() % 64];
  for (std::size_t end = line_bytes; end <= text.size(); end += line_bytes) text[end - 1] = '\n';
  return text;
}

std::string gzip(const std::string& text) {
  z_stream z = {};
  if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  if (deflate(&z, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("gzip failed");
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3);
  if (ZSTD_isError(size)) throw std::runtime_error("zstd failed");
  out.resize(size);
  return out;
}

template <class Each>
bool each_block(const std::string& path, Each each) {
  input::BlockReader reader({path}, block_bytes, 256 << 20);
  input::TextBlock block;
  for (;;) {
    const auto next = reader.next(block, SIZE_MAX);
    if (!next || *next == input::Next::need_memory) return false;
    if (*next == input::Next::end) return true;
    each(block);
  }
}

bool gives_back(const std::string& path, const std::string& text) {
  std::size_t at = 0;
  bool same = true;
  const bool read = each_block(path, [&](const input::TextBlock& block) {
    const std::string_view lines = visionshard::as_text({block.block.data() + block.begin, block.end - block.begin});
    same = same && block.offset == at && lines.ends_with('\n') && text.compare(at, lines.size(), lines) == 0;
    at += lines.size();
  });
  return read && same && at == text.size();
}

using Packing = std::string (*)(const std::string& text);

void blocks(benchmark::State& state, std::size_t text_bytes, Packing packing) {
  const TemporaryDirectory directory;
  const std::string text = lines_of(static_cast<std::size_t>(state.range(0)), text_bytes);
  const std::string path = directory.write("text", packing(text));
  if (!gives_back(path, text)) return state.SkipWithError("wrong answer");
  for (auto _ : state) each_block(path, [](const input::TextBlock& block) { benchmark::DoNotOptimize(block.end); });
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void plain_read(benchmark::State& state) {
  const TemporaryDirectory directory;
  const std::string text = lines_of(static_cast<std::size_t>(state.range(0)), plain_bytes);
  const std::string path = directory.write("text", text);
  std::vector<std::byte> buffer(block_bytes);
  for (auto _ : state) {
    const visionshard::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::size_t total = 0;
    for (ssize_t got = 1; got > 0; total += static_cast<std::size_t>(got))
      if ((got = ::read(file.get(), buffer.data(), buffer.size())) < 0) break;
    if (total != text.size()) return state.SkipWithError("wrong answer");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  ::setenv("TMPDIR", "/dev/shm", 0);
  const auto register_sized = [](const char* name, auto bench) {
    benchmark::RegisterBenchmark(name, bench)->ArgName("line_bytes")->Arg(270)->Arg(300'000);
  };
  register_sized("read", plain_read);
  register_sized("blocks/plain", [](benchmark::State& state) {
    blocks(state, plain_bytes, [](const std::string& text) { return text; });
  });
  register_sized("blocks/gzip", [](benchmark::State& state) { blocks(state, compressed_bytes, gzip); });
  register_sized("blocks/zstd", [](benchmark::State& state) { blocks(state, compressed_bytes, zstd); });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
