// Random choices that are the same in every run.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

namespace visionshard::test {

class SeededRandom {
 public:
  explicit SeededRandom(unsigned seed) : engine_(seed) {}

  std::size_t below(std::size_t limit) { return engine_() % limit; }
  std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  char byte() { return static_cast<char>(engine_() & 0xFF); }

  std::string pick(std::initializer_list<const char*> choices) { return choices.begin()[below(choices.size())]; }
  template <class T>
  const T& pick(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }

 private:
  std::mt19937 engine_;
};

}  // namespace visionshard::test
