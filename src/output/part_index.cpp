#include "output/part_index.h"

namespace visionshard::output {
namespace {

// Adds or, with -1, takes away; unsigned arithmetic wraps, and sums are right.
void count(RunReport& report, const ExampleTally& tally, std::uint64_t examples, std::uint64_t bytes,
           std::uint64_t sign) {
  Counts& c = report.counts;
  c.images += sign * examples * tally.images();
  c.images_kept += sign * examples * tally.kept;
  c.images_relabelled += sign * examples * tally.relabelled;
  c.images_converted += sign * examples * tally.converted;
  c.images_shrunk += sign * examples * tally.shrunk;
  c.images_dropped += sign * examples * tally.dropped;
  c.written += sign * examples;
  report.hidden_images.examples += sign * examples * tally.hidden;
  report.output_bytes += sign * bytes;
  if (tally.conversions == ExampleTally().conversions) return;
  for (std::size_t i = 0; i < tally.conversions.size(); ++i) {
    if (tally.conversions[i] == 0) continue;
    const std::string_view kind = image::name(static_cast<image::Conversion>(i));
    auto found = report.conversions.find(kind);
    if (found == report.conversions.end()) found = report.conversions.emplace(kind, 0).first;
    found->second += sign * examples * tally.conversions[i];
    if (found->second == 0) report.conversions.erase(found);
  }
}

}  // namespace

void add_written(RunReport& report, const ExampleTally& tally, std::uint64_t examples, std::uint64_t bytes) {
  count(report, tally, examples, bytes, 1);
}

void take_back(RunReport& report, const ExampleTally& tally, LeftOut reason, std::uint64_t examples,
               std::uint64_t bytes) {
  count(report, tally, examples, bytes, UINT64_MAX);
  if (reason == LeftOut::duplicate) {
    report.counts.duplicates += examples;
  } else {
    report.counts.excluded += examples;
    report.exclusions[Exclusion::near_duplicate].lines += examples;
  }
}

PartIndex::PartIndex(const std::string& folder, std::uint64_t part, Duplicates duplicates,
                     NearDuplicates near_duplicates)
    : part_(part),
      keeps_digests_(duplicates == Duplicates::drop),
      keeps_tallies_(keeps_digests_ || near_duplicates == NearDuplicates::drop),
      examples_(folder + "/" + examples_name),
      rejects_(folder + "/" + rejects_name),
      tallies_(folder + "/" + tallies_name),
      digests_(folder + "/" + digests_name),
      sorted_(folder + "/sorting"),
      keys_(folder + "/" + keys_name),
      groups_(folder + "/" + groups_name),
      sorted_groups_(folder + "/sorting_groups"),
      pictures_(folder + "/" + pictures_name),
      sorted_pictures_(folder + "/sorting_pictures") {}

RunResult<void> PartIndex::add_written(const Written& example, const ExampleTally& tally, const ExampleDigest& digest) {
  const std::uint64_t place = place_of(part_, written_);
  std::uint32_t number = 0;
  if (keeps_tallies_) {
    const auto [known, is_new] = known_.try_emplace(tally, static_cast<std::uint32_t>(known_.size()));
    if (is_new) VISIONSHARD_TRY(tallies_.add(tally));
    number = known->second;
  }
  if (keeps_digests_) VISIONSHARD_TRY(sorted_.add({digest, place}));
  if (const ExampleKeys* const keys = example.keys; keys != nullptr) {
    VISIONSHARD_TRY(keys_.add(keys->line));
    if (keys->connects) VISIONSHARD_TRY(sorted_groups_.add({keys->line, place}));
    for (const HashKey& shared : keys->shared) VISIONSHARD_TRY(sorted_groups_.add({shared, place}));
  }
  if (example.pictures != nullptr) {
    for (const HashedPicture& p : example.pictures->pictures)
      VISIONSHARD_TRY(sorted_pictures_.add({p.hash, p.key, place, example.line, p.image, p.quality}));
    const PictureCounts& counts = example.pictures->counts;
    picture_counts_.hashed += counts.hashed;
    picture_counts_.flat += counts.flat;
    picture_counts_.undecodable += counts.undecodable;
  }
  ++written_;
  return examples_.add({example.bytes, tally.images(), number});
}

RunResult<PartIndex::Digests> PartIndex::finish(Durability durability) {
  VISIONSHARD_TRY(sorted_.merge([&](const DigestRecord& record) { return digests_.add(record); }));
  Digests all;
  const auto end = [&](auto& writer, FileDigest& digest) -> RunResult<void> {
    digest = VISIONSHARD_TRY(writer.finish(durability));
    return {};
  };
  VISIONSHARD_TRY(end(examples_, all.examples));
  VISIONSHARD_TRY(end(rejects_, all.rejects));
  VISIONSHARD_TRY(end(tallies_, all.tallies));
  VISIONSHARD_TRY(end(digests_, all.digests));
  VISIONSHARD_TRY(sorted_groups_.merge([&](const DigestRecord& record) { return groups_.add(record); }));
  VISIONSHARD_TRY(end(keys_, all.keys));
  VISIONSHARD_TRY(end(groups_, all.groups));
  VISIONSHARD_TRY(sorted_pictures_.merge([&](const PictureRecord& record) { return pictures_.add(record); }));
  VISIONSHARD_TRY(end(pictures_, all.pictures));
  all.picture_counts = picture_counts_;
  return all;
}

}  // namespace visionshard::output
