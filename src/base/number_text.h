// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace visionshard {

/// "1,234,567". Thread-safe.
std::string grouped(std::uint64_t number);

/// "1 line", "2,000 lines": `noun` gets an "s" unless the number is 1. Thread-safe.
std::string counted(std::uint64_t number, std::string_view noun);

/// "999 B", "1.23 kB", "12.3 MB", "512 GB": three digits, in units of 1000. Thread-safe.
std::string byte_size(std::uint64_t bytes);

}  // namespace visionshard
