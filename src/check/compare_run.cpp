#include "check/compare_run.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/file_digest.h"
#include "base/for_each_index.h"
#include "base/number_text.h"
#include "output/image_folder.h"
#include "output/run_directory.h"

namespace visionshard::checking {
namespace {

class Comparison {
 public:
  Comparison(const CheckedRun& run, const std::atomic<bool>& stop, CheckTally& tally)
      : run_(run), stop_(stop), tally_(tally) {}

  RunResult<void> shards(unsigned threads) {
    const auto all = VISIONSHARD_TRY(digests(threads));
    for (std::size_t i = 0; i < all.size(); ++i) compare_shard(run_.shards[i], all[i]);
    for (const std::string& path : run_.missing)
      tally_.add_file_finding(path, CheckCode::missing_shard, fmt::format("{} names it", run_.manifest));
    for (const std::string& path : run_.not_named)
      tally_.add_file_finding(path, CheckCode::not_in_manifest, fmt::format("{} does not name it", run_.manifest));
    return {};
  }

  RunResult<void> counts() {
    if (!run_.counts) return {};
    const Counts& counts = *run_.counts;
    const std::uint64_t sum = counts.blank + counts.written + counts.rejected + counts.duplicates + counts.excluded;
    if (sum != counts.lines)
      mismatch(run_.manifest, fmt::format("it counts {} lines, and {} blank, written, rejected, duplicate and excluded",
                                          counts.lines, sum));
    std::uint64_t examples = 0;
    for (const NamedShard& shard : run_.shards) examples += shard.info.examples;
    if (run_.missing.empty() && examples != counts.written)
      mismatch(run_.manifest,
               fmt::format("it counts {} written examples, and its shards have {}", counts.written, examples));
    return rejected(counts.rejected);
  }

  RunResult<void> images() {
    if (run_.written.images != ImagePlace::files) return {};
    const ImageFiles& wanted = run_.written.image_files;
    const ImageFiles found = VISIONSHARD_TRY(output::verify_images(
        run_.directory, [&] { return !stop_; },
        [&](const std::string& path, const std::string& detail) { mismatch(path, detail); }));
    if (found.files != wanted.files || found.bytes != wanted.bytes)
      mismatch(fmt::format("{}/{}", run_.directory, output::images_name),
               fmt::format("there are {} images of {} bytes, the manifest says {} of {}", found.files, found.bytes,
                           wanted.files, wanted.bytes));
    return {};
  }

 private:
  void mismatch(const std::string& path, std::string detail) {
    tally_.add_file_finding(path, CheckCode::manifest_mismatch, std::move(detail));
  }

  RunResult<std::vector<Digests>> digests(unsigned threads) const {
    std::vector<RunResult<Digests>> found(run_.shards.size(), interrupted());
    for_each_index(found.size(), threads, stop_, [&](std::size_t i) {
      const NamedShard& shard = run_.shards[i];
      const auto option = shard.info.sha256.empty() ? DigestOption::xxh128 : DigestOption::sha256;
      found[i] = file_digests(tally_.report().files[shard.source].path, option, [&] { return !stop_; });
    });
    std::vector<Digests> all;
    for (auto& digests : found) all.push_back(VISIONSHARD_TRY(std::move(digests)));
    return all;
  }

  void compare_shard(const NamedShard& shard, const Digests& digests) {
    const ShardInfo& wanted = shard.info;
    const CheckedFile& file = tally_.report().files[shard.source];
    const auto compare = [&](const char* what, std::uint64_t is, std::uint64_t says) {
      if (is != says) mismatch(file.path, fmt::format("the file has {} {}, the manifest says {}", is, what, says));
    };
    compare("bytes", file.bytes, wanted.bytes);
    compare("examples", file.examples, wanted.examples);
    compare("examples with images", file.image_examples, wanted.image_examples);
    compare("images", file.images, wanted.images);
    const auto compare_digest = [&](const char* what, const std::string& is, const std::string& says) {
      if (!says.empty() && is != says)
        mismatch(file.path, fmt::format("the file's {} is {}, the manifest says {}", what, is, says));
    };
    compare_digest("XXH3-128", digests.xxh128, wanted.xxh128);
    compare_digest("SHA-256", digests.sha256, wanted.sha256);
  }

  RunResult<void> rejected(std::uint64_t wanted) {
    const std::string path = fmt::format("{}/{}", run_.directory, output::rejected_name);
    const auto state = file_state(path);
    const auto found = [&](const std::string& is) {
      tally_.add_file_finding(path, CheckCode::rejected_lines,
                              fmt::format("{}, and the manifest counts {}", is, counted(wanted, "rejected line")));
    };
    if (!state && wanted > 0) found("it is not there");
    if (!state) return {};
    const std::uint64_t lines = VISIONSHARD_TRY(count_lines(path));
    if (lines != wanted) found("it has " + counted(lines, "line"));
    return {};
  }

  RunResult<std::uint64_t> count_lines(const std::string& path) const {
    auto file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return system_fault(path, "open", errno);
    Bytes piece(1 << 20);
    std::uint64_t lines = 0;
    std::byte last{'\n'};  // a last line may have no newline
    for (std::uint64_t offset = 0;;) {
      if (stop_) return interrupted();
      const std::size_t got = VISIONSHARD_TRY(read_at(file.get(), piece.data(), piece.size(), offset, path));
      if (got == 0) return lines + (last != std::byte{'\n'});
      last = piece.data()[got - 1];
      lines += static_cast<std::uint64_t>(std::count(piece.data(), piece.data() + got, std::byte{'\n'}));
      offset += got;
    }
  }

  const CheckedRun& run_;
  const std::atomic<bool>& stop_;
  CheckTally& tally_;
};

}  // namespace

RunResult<void> compare_run(const CheckedRun& run, unsigned threads, const std::atomic<bool>& stop, CheckTally& tally) {
  Comparison comparison(run, stop, tally);
  VISIONSHARD_TRY(comparison.shards(threads));
  VISIONSHARD_TRY(comparison.counts());
  return comparison.images();
}

}  // namespace visionshard::checking
