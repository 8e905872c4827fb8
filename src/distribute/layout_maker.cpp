#include "distribute/layout_maker.h"

namespace visionshard::distribute {

using output::PartIndex;

RunResult<void> LayoutMaker::add(const PartRecord& record) {
  layout_.parts.push_back({record.checkpoint.shard.bytes, record.checkpoint.shard.xxh128});
  for (const auto& [name, digest] : {std::pair(PartIndex::tallies_name, record.index.tallies),
                                     std::pair(PartIndex::examples_name, record.index.examples)})
    if (auto sound = check_file(paths_, record, name, digest, keep_running_); !sound) return sound;
  auto tallies = tallies_of(record);
  if (!tallies) return tl::unexpected(tallies.error());
  const std::string path = file_path(paths_, record, PartIndex::examples_name);
  auto examples = RecordReader<output::ExampleRecord>::open(path, record.index.examples.bytes);
  if (!examples) return tl::unexpected(examples.error());
  std::uint64_t offset = 0;
  for (std::uint64_t number = 0;; ++number) {
    const auto next = examples->next();
    if (!next) return tl::unexpected(next.error());
    if (*next == nullptr) break;
    if (number % asked_each_records == 0 && !keep_running_()) return interrupted();
    const output::ExampleRecord& example = **next;
    auto drop = is_next_duplicate(output::place_of(record.part, number));
    if (!drop) return tl::unexpected(drop.error());
    if (!*drop)
      place(record.part, offset, example);
    else if (auto dropped = leave_out(record.part, offset, example, *tallies); !dropped)
      return dropped;
    offset += example.bytes;
  }
  if (offset == record.checkpoint.shard.bytes) return {};
  return run_fault(
      fmt::format("{}: tells of {} bytes where the part has {}", path, offset, record.checkpoint.shard.bytes));
}

RunResult<Layout> LayoutMaker::finish() {
  auto written = drops_.finish(Durability::synced);
  if (!written) return tl::unexpected(written.error());
  layout_.drops_bytes = written->bytes;
  for (const auto& [tally, sums] : dropped_) layout_.dropped.push_back({tally, sums.first, sums.second});
  return std::move(layout_);
}

RunResult<LayoutMaker::Tallies> LayoutMaker::tallies_of(const PartRecord& part) const {
  auto reader = RecordReader<output::ExampleTally>::open(file_path(paths_, part, PartIndex::tallies_name),
                                                         part.index.tallies.bytes);
  if (!reader) return tl::unexpected(reader.error());
  Tallies all;
  for (;;) {
    const auto next = reader->next();
    if (!next) return tl::unexpected(next.error());
    if (*next == nullptr) return all;
    all.push_back(**next);
  }
}

// `place` ascends from call to call.
RunResult<bool> LayoutMaker::is_next_duplicate(std::uint64_t place) {
  if (!began_ || next_duplicate_ < place) {
    began_ = true;
    const auto next = duplicates_.next();
    if (!next) return tl::unexpected(next.error());
    next_duplicate_ = *next != nullptr ? **next : UINT64_MAX;
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
