#include "distribute/attempt.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <cstdint>

namespace visionshard::distribute {

std::string host_name() {
  char name[65] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "unknown";
  std::string host = name;
  for (char& c : host)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-') c = '_';
  return host;
}

std::string new_attempt() {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random))
    random = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  return fmt::format("{}.{}.{:016x}", host_name(), ::getpid(), random);
}

}  // namespace visionshard::distribute
