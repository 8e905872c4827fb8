#include "distribute/layout_maker.h"

namespace visionshard::distribute {

using output::PartIndex;

RunResult<void> LayoutMaker::add(const PartRecord& record) {
  layout_.parts.push_back({record.checkpoint.shard.bytes, record.checkpoint.shard.xxh128});
  for (const auto& [name, digest] : {std::pair(PartIndex::tallies_name, record.index.tallies),
                                     std::pair(PartIndex::examples_name, record.index.examples)})
    VISIONSHARD_TRY(check_file(paths_, record, name, digest, keep_running_));
  auto tallies = VISIONSHARD_TRY(tallies_of(record));
  const std::string path = file_path(paths_, record, PartIndex::examples_name);
  auto examples = VISIONSHARD_TRY(RecordReader<output::ExampleRecord>::open(path, record.index.examples.bytes));
  std::uint64_t offset = 0;
  for (std::uint64_t number = 0;; ++number) {
    const auto next = VISIONSHARD_TRY(examples.next());
    if (next == nullptr) break;
    if (number % asked_each_records == 0 && !keep_running_()) return interrupted();
    const output::ExampleRecord& example = *next;
    auto drop = VISIONSHARD_TRY(is_next_duplicate(output::place_of(record.part, number)));
    if (!drop)
      place(record.part, offset, example);
    else
      VISIONSHARD_TRY(leave_out(record.part, offset, example, tallies));
    offset += example.bytes;
  }
  if (offset == record.checkpoint.shard.bytes) return {};
  return run_fault(
      fmt::format("{}: its index has {} bytes, and the part has {}", path, offset, record.checkpoint.shard.bytes));
}

RunResult<Layout> LayoutMaker::finish() {
  auto written = VISIONSHARD_TRY(drops_.finish(Durability::synced));
  layout_.drops_bytes = written.bytes;
  for (const auto& [tally, sums] : dropped_) layout_.dropped.push_back({tally, sums.first, sums.second});
  return std::move(layout_);
}

RunResult<LayoutMaker::Tallies> LayoutMaker::tallies_of(const PartRecord& part) const {
  auto reader = VISIONSHARD_TRY(RecordReader<output::ExampleTally>::open(
      file_path(paths_, part, PartIndex::tallies_name), part.index.tallies.bytes));
  Tallies all;
  for (;;) {
    const auto next = VISIONSHARD_TRY(reader.next());
    if (next == nullptr) return all;
    all.push_back(*next);
  }
}

// `place` ascends from call to call.
RunResult<bool> LayoutMaker::is_next_duplicate(std::uint64_t place) {
  if (!began_ || next_duplicate_ < place) {
    began_ = true;
    const auto next = VISIONSHARD_TRY(duplicates_.next());
    next_duplicate_ = next != nullptr ? *next : UINT64_MAX;
  }
  return next_duplicate_ == place;
}

void LayoutMaker::place(std::uint64_t part, std::uint64_t offset, const output::ExampleRecord& example) {
  if (planner_.place(example.bytes, example.images > 0).opens)
    layout_.shards.push_back({.part = part, .offset = offset, .first_drop = drops_written_});
  PlannedShard& shard = layout_.shards.back();
  shard.bytes += example.bytes;
  ++shard.examples;
  shard.image_examples += example.images > 0 ? 1 : 0;
  shard.images += example.images;
}

RunResult<void> LayoutMaker::leave_out(std::uint64_t part, std::uint64_t offset, const output::ExampleRecord& example,
                                       const Tallies& tallies) {
  if (example.tally >= tallies.size()) return run_fault(fmt::format("part {}: names a tally it has not", part));
  auto& [examples, bytes] = dropped_[tallies[example.tally]];
  ++examples;
  bytes += example.bytes;
  ++drops_written_;
  return drops_.add({part, offset, example.bytes});
}

}  // namespace visionshard::distribute
