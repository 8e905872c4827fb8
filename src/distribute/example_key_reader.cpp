#include "distribute/example_key_reader.h"

#include <algorithm>

#include "base/external_sort.h"

namespace visionshard::distribute {

using output::PartIndex;

RunResult<void> ExampleKeyReader::number_examples() {
  for (std::uint64_t part = 0; part < job_.plan.parts(); ++part) {
    auto record = VISIONSHARD_TRY(held_part_record(job_.paths, job_.plan, part));
    firsts_.push_back(examples_);
    examples_ += record.index.examples.bytes / sizeof(output::ExampleRecord);
  }
  return {};
}

std::uint64_t ExampleKeyReader::place_of(std::uint64_t number) const noexcept {
  // A part without examples has the same first as the one after it.
  const auto after = std::ranges::upper_bound(firsts_, number);
  const auto part = static_cast<std::uint64_t>(after - firsts_.begin()) - 1;
  return output::place_of(part, number - firsts_[part]);
}

RunResult<void> ExampleKeyReader::each(const Take& take) const {
  SortedRuns<output::DigestRecord> runs(path_);
  for (std::uint64_t part = 0; part < firsts_.size(); ++part) {
    auto record = VISIONSHARD_TRY(held_part_record(job_.paths, job_.plan, part));
    VISIONSHARD_TRY(check_file(job_.paths, record, PartIndex::groups_name, record.index.groups, keep_running_));
    runs.add_file(file_path(job_.paths, record, PartIndex::groups_name), record.index.groups.bytes);
  }
  std::uint64_t records = 0;
  return runs.merge([&](const output::DigestRecord& record) -> RunResult<void> {
    if (++records % 4096 == 0 && !keep_running_()) return interrupted();
    return take(record, number_of(record.place));
  });
}

}  // namespace visionshard::distribute
