#include "distribute/layout_maker.h"

namespace visionshard::distribute {

using output::PartIndex;

LayoutMaker::LayoutMaker(const ClusterJob& job, Choice choice, const std::string& path, const KeepRunning& keep_running)
    : paths_(job.paths),
      shuffles_(job.plan.options.shaping.shuffle),
      seed_(job.plan.options.line.seed),
      choice_(std::move(choice)),
      order_(path + ".order"),
      keep_running_(keep_running) {
  const Limits& limits = job.plan.options.limits;
  for (const char* const name : side_names)
    sides_.push_back({output::ShardPlanner(limits.max_shard_bytes, limits.max_image_examples),
                      RecordWriter<RangeRecord>(fmt::format("{}.{}", path, name))});
}

RunResult<void> LayoutMaker::add(const PartRecord& record) {
  layout_.parts.push_back({record.checkpoint.shard.bytes, record.checkpoint.shard.xxh128});
  for (const auto& [name, digest] :
       {std::pair(PartIndex::tallies_name, record.index.tallies),
        std::pair(PartIndex::examples_name, record.index.examples), std::pair(PartIndex::keys_name, record.index.keys)})
    VISIONSHARD_TRY(check_file(paths_, record, name, digest, keep_running_));
  auto tallies = VISIONSHARD_TRY(tallies_of(record));
  const std::string path = file_path(paths_, record, PartIndex::examples_name);
  auto examples = VISIONSHARD_TRY(RecordReader<output::ExampleRecord>::open(path, record.index.examples.bytes));
  auto keys = VISIONSHARD_TRY(RecordReader<output::HashKey>::open(file_path(paths_, record, PartIndex::keys_name),
                                                                  shuffles_ ? record.index.keys.bytes : 0));
  std::uint64_t offset = 0;
  for (std::uint64_t number = 0;; ++number) {
    const auto next = VISIONSHARD_TRY(examples.next());
    if (next == nullptr) break;
    if (number % asked_each_records == 0 && !keep_running_()) return interrupted();
    const output::ExampleRecord& example = *next;
    const std::uint64_t where = output::place_of(record.part, number);
    const auto reason = VISIONSHARD_TRY(why_left_out(where));
    const bool left_out = reason != output::LeftOut::not_at_all;
    const bool validates = VISIONSHARD_TRY(choice_.validation.contain(where));
    if (left_out) VISIONSHARD_TRY(leave_out(record.part, example, tallies, reason));
    if (shuffles_) {
      const auto key = VISIONSHARD_TRY(keys.next());
      if (key == nullptr) return run_fault(fmt::format("part {}: has fewer keys than examples", record.part));
      VISIONSHARD_TRY(order_.add({order_key(*key, seed_), where, offset, example.bytes, example.images,
                                  static_cast<std::uint16_t>(validates), static_cast<std::uint16_t>(left_out)}));
    } else if (!left_out) {
      VISIONSHARD_TRY(place(validates ? 1 : 0, {2 * record.part, offset, example.bytes}, example.images));
    }
    offset += example.bytes;
  }
  if (offset == record.checkpoint.shard.bytes) return {};
  return run_fault(
      fmt::format("{}: its index has {} bytes, and the part has {}", path, offset, record.checkpoint.shard.bytes));
}

// The order of all examples, restricted to one part, is that of its file of small ones.
RunResult<void> LayoutMaker::place_in_order() {
  std::vector<std::uint64_t> small_offsets(layout_.parts.size());
  std::uint64_t records = 0;
  return order_.merge([&](const OrderRecord& example) -> RunResult<void> {
    if (++records % asked_each_records == 0 && !keep_running_()) return interrupted();
    const std::uint64_t part = example.place >> 32;
    RangeRecord range{2 * part, example.offset, example.bytes};
    if (example.bytes < small_example_bytes) {
      range = {2 * part + 1, small_offsets[part], example.bytes};
      small_offsets[part] += example.bytes;
    }
    return example.left_out != 0 ? RunResult<void>() : place(example.side, range, example.images);
  });
}

RunResult<Layout> LayoutMaker::finish() {
  VISIONSHARD_TRY(place_in_order());
  for (std::size_t i = 0; i < side_count; ++i) {
    Side& side = sides_[i];
    if (side.ranges_begun > 0) VISIONSHARD_TRY(side.ranges.add(side.last));
    auto written = VISIONSHARD_TRY(side.ranges.finish(Durability::synced));
    layout_.ranges_bytes[i] = written.bytes;
    layout_.shards.insert(layout_.shards.end(), side.shards.begin(), side.shards.end());
  }
  for (const auto& [kind, sums] : dropped_)
    layout_.dropped.push_back({kind.first, kind.second, sums.first, sums.second});
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

RunResult<void> LayoutMaker::place(std::size_t index, const RangeRecord& range, std::uint32_t images) {
  Side& side = sides_[index];
  const bool opens = side.planner.place(range.bytes, images > 0).opens;
  const bool continues =
      !opens && side.last.source == range.source && side.last.offset + side.last.bytes == range.offset;
  if (continues) {
    side.last.bytes += range.bytes;
  } else {
    if (side.ranges_begun > 0) VISIONSHARD_TRY(side.ranges.add(side.last));
    if (opens) side.shards.push_back({.side = index, .number = side.shards.size(), .first_range = side.ranges_begun});
    ++side.ranges_begun;
    side.last = range;
  }
  PlannedShard& shard = side.shards.back();
  shard.bytes += range.bytes;
  ++shard.examples;
  shard.image_examples += images > 0 ? 1 : 0;
  shard.images += images;
  return {};
}

RunResult<output::LeftOut> LayoutMaker::why_left_out(std::uint64_t place) {
  const bool duplicate = VISIONSHARD_TRY(choice_.duplicates.contain(place));
  const bool near_duplicate = VISIONSHARD_TRY(choice_.near_duplicates.contain(place));
  return duplicate        ? output::LeftOut::duplicate
         : near_duplicate ? output::LeftOut::near_duplicate
                          : output::LeftOut::not_at_all;
}

RunResult<void> LayoutMaker::leave_out(std::uint64_t part, const output::ExampleRecord& example, const Tallies& tallies,
                                       output::LeftOut reason) {
  if (example.tally >= tallies.size()) return run_fault(fmt::format("part {}: names a tally it has not", part));
  auto& [examples, bytes] = dropped_[{reason, tallies[example.tally]}];
  ++examples;
  bytes += example.bytes;
  return {};
}

}  // namespace visionshard::distribute
