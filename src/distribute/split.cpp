#include "distribute/split.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/share.h"
#include "distribute/earlier_split.h"
#include "distribute/example_groups.h"
#include "distribute/example_key_reader.h"
#include "distribute/frequent_image.h"
#include "output/part_index.h"

namespace visionshard::distribute {
namespace {

using output::DigestRecord;
using output::HashKey;

constexpr std::uint64_t bytes_per_example = 17;

struct GroupRecord {
  std::uint64_t side_key;
  std::uint64_t group;

  auto operator<=>(const GroupRecord&) const = default;
};

std::uint64_t side_key(std::uint64_t group_key, std::uint64_t seed) noexcept {
  Xxh128::Digest digest{};
  std::memcpy(digest.data(), &group_key, sizeof group_key);
  return seeded_key(digest, seed, KeyPurpose::side);
}

class Split {
 public:
  Split(const ClusterJob& job, std::string path, const KeepRunning& keep_running, SplitReport& report)
      : job_(job),
        shaping_(job.plan.options.shaping),
        seed_(job.plan.options.line.seed),
        path_(std::move(path)),
        report_(report),
        keys_(job, path_ + ".keys", keep_running) {}

  RunResult<void> number_examples(std::uint64_t memory_bytes) {
    VISIONSHARD_TRY(keys_.number_examples());
    examples_ = keys_.examples();
    if (examples_ > INT32_MAX)
      return run_fault("the corpus has more than 2,147,483,647 examples, too many for --validation");
    if (examples_ * bytes_per_example > memory_bytes)
      return run_fault(fmt::format(
          "--validation takes {} bytes of memory for each of {} examples, more than {}; give more --memory, and go on "
          "where the run ended",
          bytes_per_example, examples_, memory_bytes));
    groups_.emplace(examples_);
    left_out_.resize(examples_);
    chosen_.resize(examples_);
    alone_.resize(examples_);
    return {};
  }

  std::uint64_t examples() const noexcept { return examples_; }

  RunResult<void> leave_out(const std::string& path, std::uint64_t bytes) {
    lines_ = examples_;
    auto places = VISIONSHARD_TRY(RecordReader<std::uint64_t>::open(path, bytes));
    for (;;) {
      const auto place = VISIONSHARD_TRY(places.next());
      if (place == nullptr) break;
      left_out_[keys_.number_of(*place)] = true;
      --lines_;
    }
    const std::uint64_t wanted = shaping_.validation.examples;
    if (wanted > 0 && wanted >= lines_)
      return refusal(
          fmt::format("--validation {}: the corpus has {} examples that can be written, and some must be "
                      "left for training",
                      wanted, lines_));
    return {};
  }

  // First pass: which images are too frequent, and where each example would go alone.
  RunResult<void> find_frequent_images() {
    const Share alone = shaping_.validation.examples > 0
                            ? Share{shaping_.validation.examples * Share().millionths_of_percent / lines_}
                            : shaping_.validation.share;
    const bool of_images = shaping_.split_by == "images";
    Frequent run{};
    const auto end_run = [&] {
      if (is_frequent(run.lines, lines_)) frequent_.push_back(run);
    };
    auto done = each_key([&](const DigestRecord& record, std::uint32_t number) -> RunResult<void> {
      if (output::is_line_key(record.digest)) {
        alone_[number] = is_within(side_key(record.digest[0], seed_), alone);
      } else if (of_images) {
        if (run.lines > 0 && run.key == record.digest) {
          ++run.lines;
          return {};
        }
        end_run();
        run = {record.digest, 1, record.place};
      }
      return {};
    });
    end_run();
    return done;
  }

  // Second pass: what connects.
  RunResult<void> connect(EarlierSplit* earlier) {
    std::optional<HashKey> key;
    std::uint32_t first = 0;
    bool any_chosen = false, any_left = false;
    EarlierSides sides;
    std::size_t next_frequent = 0;
    const auto end_key = [&] {
      if (key && !output::is_line_key(*key) && any_chosen && any_left) ++report_.shared_images_alone;
      any_chosen = any_left = false;
    };
    auto done = each_key([&](const DigestRecord& record, std::uint32_t number) -> RunResult<void> {
      const bool is_line = output::is_line_key(record.digest);
      const bool is_new = key != record.digest;
      if (is_new) {
        end_key();
        key = record.digest;
        while (next_frequent < frequent_.size() && frequent_[next_frequent].key < *key) ++next_frequent;
        is_frequent_ = next_frequent < frequent_.size() && frequent_[next_frequent].key == *key;
        first = number;
        if (earlier != nullptr) sides = VISIONSHARD_TRY(earlier->sides_of(*key));
      }
      if (is_frequent_) return {};
      (alone_[number] ? any_chosen : any_left) = true;
      groups_->connect(first, number);
      groups_->add_key(number, record.digest[0]);
      if (earlier != nullptr) earlier->note(number, sides, is_line);
      return {};
    });
    end_key();
    return done;
  }

  RunResult<void> connect_near(const NearDuplicateSearch& near) {
    constexpr std::uint32_t none = UINT32_MAX;
    std::vector<std::uint32_t> first(near.groups_end(), none);
    return near.each_in_group([&](std::uint32_t group, std::uint32_t example) -> RunResult<void> {
      if (first[group] == none) first[group] = example;
      groups_->connect(first[group], example);
      return {};
    });
  }

  RunResult<void> choose(EarlierSplit* earlier) {
    sizes_.resize(examples_);
    for (std::uint32_t number = 0; number < examples_; ++number)
      if (!left_out_[number]) ++sizes_[groups_->group_of(number)];
    if (earlier != nullptr) VISIONSHARD_TRY(earlier->decide(*groups_, report_));
    std::uint64_t taken = 0;
    const std::uint64_t wanted = shaping_.validation.examples;
    SortedRuns<GroupRecord> in_order(path_ + ".groups");
    for (std::uint32_t group = 0; group < examples_; ++group) {
      if (groups_->group_of(group) != group || sizes_[group] == 0) continue;
      ++report_.groups;
      const std::uint64_t size = sizes_[group];
      if (size > 1) report_.connected_examples += size;
      report_.largest_group = std::max(report_.largest_group, size);
      const auto kept = earlier != nullptr ? earlier->side_of(group) : std::nullopt;
      if (kept) {
        chosen_[group] = *kept;
        taken += *kept ? size : 0;
        continue;
      }
      const std::uint64_t key = side_key(groups_->key_of(group), seed_);
      if (wanted > 0)
        VISIONSHARD_TRY(in_order.add({key, group}));
      else if (is_within(key, shaping_.validation.share))
        chosen_[group] = true;
    }
    return in_order.merge([&](const GroupRecord& next) -> RunResult<void> {
      const auto group = static_cast<std::uint32_t>(next.group);
      if (taken + sizes_[group] > wanted) return {};
      chosen_[group] = true;
      taken += sizes_[group];
      return {};
    });
  }

  RunResult<FileDigest> write() {
    RecordWriter<std::uint64_t> places(path_);
    for (std::uint64_t number = 0; number < examples_; ++number) {
      if (left_out_[number]) continue;
      const bool chosen = chosen_[groups_->group_of(static_cast<std::uint32_t>(number))];
      ++(chosen ? report_.validation : report_.train);
      if (chosen) VISIONSHARD_TRY(places.add(keys_.place_of(number)));
    }
    return places.finish(Durability::none);
  }

  // Third pass: no image that connects is on both sides.
  RunResult<void> verify() {
    std::optional<HashKey> key;
    std::size_t next_frequent = 0;
    bool validation = false, train = false;
    return each_key([&](const DigestRecord& record, std::uint32_t number) -> RunResult<void> {
      if (key != record.digest) {
        key = record.digest;
        validation = train = false;
        while (next_frequent < frequent_.size() && frequent_[next_frequent].key < *key) ++next_frequent;
      }
      if (next_frequent < frequent_.size() && frequent_[next_frequent].key == *key) return {};
      (chosen_[groups_->group_of(number)] ? validation : train) = true;
      if (validation && train)
        return run_fault("an image is on both sides of the split; this is a defect; please report it");
      return {};
    });
  }

  RunResult<void> verify_near(const NearDuplicateSearch& near) {
    std::vector<bool> validates(near.groups_end()), trains(near.groups_end());
    return near.each_in_group([&](std::uint32_t group, std::uint32_t example) -> RunResult<void> {
      (chosen_[groups_->group_of(example)] ? validates : trains)[group] = true;
      if (!validates[group] || !trains[group]) return {};
      return run_fault("near-duplicates are on both sides of the split; this is a defect; please report it");
    });
  }

  RunResult<void> name_frequent_images() {
    for (const Frequent& image : frequent_) {
      auto name = VISIONSHARD_TRY(sha256_of_image(job_, image.key, image.first_place));
      if (!name.empty() || report_.frequent_images.size() < max_unnamed)
        report_.frequent_images.push_back({std::move(name), image.lines});
    }
    std::ranges::stable_sort(report_.frequent_images, std::greater(), &FrequentImage::lines);
    return {};
  }

 private:
  static constexpr std::size_t max_unnamed = 1000;

  struct Frequent {
    HashKey key;
    std::uint64_t lines;
    std::uint64_t first_place;
  };

  // take(record, number of its example) for each key of each example that is not left out.
  template <class Take>
  RunResult<void> each_key(Take take) {
    return keys_.each([&](const DigestRecord& record, std::uint32_t number) -> RunResult<void> {
      return left_out_[number] ? RunResult<void>() : take(record, number);
    });
  }

  const ClusterJob& job_;
  const ShapingOptions& shaping_;
  std::uint64_t seed_;
  std::string path_;
  SplitReport& report_;
  ExampleKeyReader keys_;
  std::uint64_t examples_ = 0;
  std::uint64_t lines_ = 0;  // examples less those left out
  std::optional<ExampleGroups> groups_;
  std::vector<bool> left_out_;        // by example
  std::vector<bool> alone_;           // by example: its side if it chose its own
  std::vector<bool> chosen_;          // by group: validation
  std::vector<std::uint32_t> sizes_;  // by group, less those left out
  std::vector<Frequent> frequent_;    // ascending
  bool is_frequent_ = false;
};

}  // namespace

RunResult<FileDigest> make_split(const ClusterJob& job, const SplitInput& input, const std::string& path,
                                 std::uint64_t memory_bytes, const KeepRunning& keep_running, SplitReport& report) {
  Split split(job, path, keep_running, report);
  VISIONSHARD_TRY(split.number_examples(memory_bytes));
  VISIONSHARD_TRY(split.leave_out(input.left_out_path, input.left_out_bytes));
  VISIONSHARD_TRY(split.find_frequent_images());
  std::optional<EarlierSplit> earlier;
  if (!job.plan.options.shaping.keep_split.path.empty()) {
    earlier.emplace(job.plan, path + ".earlier");
    VISIONSHARD_TRY(earlier->read(split.examples(), keep_running));
  }
  EarlierSplit* const kept = earlier ? &*earlier : nullptr;
  VISIONSHARD_TRY(split.connect(kept));
  if (input.near != nullptr) VISIONSHARD_TRY(split.connect_near(*input.near));
  VISIONSHARD_TRY(split.choose(kept));
  VISIONSHARD_TRY(split.verify());
  if (input.near != nullptr) VISIONSHARD_TRY(split.verify_near(*input.near));
  VISIONSHARD_TRY(split.name_frequent_images());
  return split.write();
}

}  // namespace visionshard::distribute
