// The threads and the memory of a run, where the options do not set them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace visionshard {

struct Machine {
  unsigned threads;
  std::uint64_t memory_bytes;
};

/// `threads` and `memory_bytes` where they are not 0, else all usable processors and a quarter of RAM, at most 2 GiB.
Machine machine_for(unsigned threads, std::uint64_t memory_bytes);

/// The target size of a block of text.
std::size_t text_block_bytes(std::uint64_t memory_bytes);

}  // namespace visionshard
