// Where the files of a store are.
#pragma once

#include <fmt/format.h>

#include <string>

namespace visionshard::store {

struct StorePaths {
  explicit StorePaths(std::string directory) : base(std::move(directory)) {}

  std::string version() const { return base + "/store.json"; }
  std::string seal() const { return base + "/seal.json"; }
  std::string index() const { return base + "/index.bin"; }
  std::string places() const { return base + "/places.bin"; }
  std::string lock() const { return base + "/lock"; }
  std::string logs() const { return base + "/log"; }
  std::string bodies() const { return base + "/bodies"; }
  std::string log(const std::string& task) const { return fmt::format("{}/log/{}.jsonl", base, task); }
  std::string segment(const std::string& name) const { return fmt::format("{}/bodies/{}.bin", base, name); }

  std::string base;
};

/// "TASK-00000"
inline std::string segment_name(const std::string& task, std::uint64_t number) {
  return fmt::format("{}-{:05}", task, number);
}

}  // namespace visionshard::store
