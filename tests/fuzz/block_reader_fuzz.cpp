// A file's bytes to lines, twice: with the smallest blocks and with one that holds all. Both must give the same.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "input/block_reader.h"

namespace {

struct Reading {
  std::string lines;
  std::uint64_t text_bytes = 0;
  bool fault = false;
};

Reading read_all(const std::string& path, std::size_t block_bytes) {
  namespace input = visionshard::input;
  input::BlockReader reader({path}, block_bytes, 1 << 20);
  input::TextBlock block;
  Reading reading;
  for (;;) {
    // Compressed input can hold a thousand times its size; the rest adds no coverage.
    if (reading.text_bytes > 1 << 16) return reading;
    const auto next = reader.next(block, SIZE_MAX);
    reading.fault = !next;
    if (!next || *next == input::Next::end) return reading;
    reading.text_bytes += block.text_bytes;
    reading.lines += visionshard::as_text({block.block.data() + block.begin, block.end - block.begin});
    if (block.begin > block.end || (block.end > 0 && reading.lines.size() > 0 && reading.lines.back() != '\n'))
      std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const int file = ::memfd_create("fuzz", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, data + 1, size - 1, 0) != static_cast<ssize_t>(size - 1))
    std::abort();
  const Reading small = read_all(path, 1 + data[0]), large = read_all(path, 1 << 17);
  if (small.text_bytes > 1 << 16 || large.text_bytes > 1 << 16) return 0;
  if (small.fault != large.fault) std::abort();
  if (!small.fault && (small.lines != large.lines || small.text_bytes != large.text_bytes)) std::abort();
  return 0;
}
