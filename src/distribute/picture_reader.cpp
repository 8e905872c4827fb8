#include "distribute/picture_reader.h"

#include "base/external_sort.h"
#include "distribute/frequent_image.h"

namespace visionshard::distribute {

using output::PartIndex;
using output::PictureRecord;

RunResult<void> PictureReader::leave_out(const std::string& left_out_path, std::uint64_t left_out_bytes) {
  VISIONSHARD_TRY(numbers_.number_examples());
  if (examples() > INT32_MAX)
    return run_fault("the corpus has more than 2,147,483,647 examples, too many for --near-duplicates");
  left_out_.resize(examples());
  lines_ = examples();
  auto places = VISIONSHARD_TRY(RecordReader<std::uint64_t>::open(left_out_path, left_out_bytes));
  for (;;) {
    const auto place = VISIONSHARD_TRY(places.next());
    if (place == nullptr) return {};
    left_out_[numbers_.number_of(*place)] = true;
    --lines_;
  }
}

RunResult<void> PictureReader::each_record(const TakeRecord& take) const {
  SortedRuns<PictureRecord> runs(path_);
  for (std::uint64_t part = 0; part < job_.plan.parts(); ++part) {
    auto record = VISIONSHARD_TRY(held_part_record(job_.paths, job_.plan, part));
    VISIONSHARD_TRY(check_file(job_.paths, record, PartIndex::pictures_name, record.index.pictures, keep_running_));
    runs.add_file(file_path(job_.paths, record, PartIndex::pictures_name), record.index.pictures.bytes);
  }
  std::uint64_t records = 0;
  return runs.merge([&](const PictureRecord& record) -> RunResult<void> {
    if (++records % 4096 == 0 && !keep_running_()) return interrupted();
    const std::uint32_t example = numbers_.number_of(record.place);
    return left_out_[example] ? RunResult<void>() : take(record, example);
  });
}

RunResult<FileDigest> PictureReader::count_hashes(const std::string& path) {
  RecordWriter<PicturesOfHash> hashes(path);
  PicturesOfHash at_hash{};
  Picture picture{};
  std::uint64_t lines = 0;
  const auto end_hash = [&]() -> RunResult<void> {
    return at_hash.pictures > 0 ? hashes.add(at_hash) : RunResult<void>();
  };
  const auto end_picture = [&]() -> RunResult<void> {
    if (lines == 0) return {};
    if (is_frequent(lines, lines_)) {
      frequent_.push_back(picture);
      return {};
    }
    if (at_hash.pictures == 0 || at_hash.hash != picture.hash) {
      VISIONSHARD_TRY(end_hash());
      at_hash = {picture.hash, 0};
    }
    ++at_hash.pictures;
    return {};
  };
  auto done = each_record([&](const PictureRecord& record, std::uint32_t) -> RunResult<void> {
    const Picture here{record.hash, record.key};
    if (lines > 0 && here == picture) {
      ++lines;
      return {};
    }
    VISIONSHARD_TRY(end_picture());
    picture = here;
    lines = 1;
    return {};
  });
  VISIONSHARD_TRY(std::move(done));
  VISIONSHARD_TRY(end_picture());
  VISIONSHARD_TRY(end_hash());
  return hashes.finish(Durability::none);
}

RunResult<void> PictureReader::each(const Take& take) const {
  std::size_t next_frequent = 0;
  std::uint32_t hashes = 0;
  near_duplicates::PdqHash hash;
  return each_record([&](const PictureRecord& record, std::uint32_t example) -> RunResult<void> {
    const Picture here{record.hash, record.key};
    while (next_frequent < frequent_.size() && frequent_[next_frequent] < here) ++next_frequent;
    if (next_frequent < frequent_.size() && frequent_[next_frequent] == here) return {};
    if (hashes == 0 || hash != record.hash) {
      hash = record.hash;
      ++hashes;
    }
    return take(record, example, hashes - 1);
  });
}

}  // namespace visionshard::distribute
