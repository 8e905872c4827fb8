#include "report/gallery.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <numeric>
#include <utility>

#include "base/file.h"
#include "base/for_each_index.h"

namespace visionshard::report {
namespace {

using std::chrono::nanoseconds;

constexpr unsigned max_of_a_conversion = 3, max_of_a_reason = 4, max_shrunk = 6;

// Limit for text kept of inputs that cannot be read again, such as pipes; also at most a share of the budget.
constexpr std::uint64_t max_kept_bytes = 8 << 20, budget_to_kept = 16;

// Pictures may take half the budget; at that time only cached conversions take memory, the other half at most.
constexpr unsigned max_painters = 4, min_budget_to_picture = 4;

bool is_shrunk(const line::ConvertedImage& image) noexcept { return image.shrunk || image.reduced; }

}  // namespace

Gallery::Gallery(std::string directory, const std::vector<std::string>& sources, engine::Budget& budget)
    : directory_(std::move(directory)), budget_(&budget) {
  for (const std::string& path : sources) {
    const auto state = path == "-" ? tl::unexpected(RunFault()) : file_state(path);
    // The name is only a first guess: text_at() checks whether the file can be read from the middle.
    const bool again = state && state->is_regular && !path.ends_with(".gz") && !path.ends_with(".zst");
    paths_.push_back(again ? path : "");
  }
}

Gallery::~Gallery() {
  if (budget_ != nullptr) budget_->release_image(kept_bytes_);
}

Gallery::Gallery(Gallery&& other) noexcept { *this = std::move(other); }

Gallery& Gallery::operator=(Gallery&& other) noexcept {
  std::swap(directory_, other.directory_);
  std::swap(paths_, other.paths_);
  std::swap(budget_, other.budget_);
  std::swap(kept_bytes_, other.kept_bytes_);
  std::swap(noted_, other.noted_);
  std::swap(converted_, other.converted_);
  std::swap(rejected_, other.rejected_);
  std::swap(shrunk_, other.shrunk_);
  return *this;
}

TextPlace Gallery::place_of(const line::LineBatch& batch, const line::LineRecord& record, std::uint32_t begin,
                            std::uint32_t end) {
  const std::string& path = paths_[batch.text.file];
  if (!path.empty() && batch.is_in_block(record))
    return {path, batch.text.offset + record.begin - batch.text.begin + begin, end - begin, ""};
  const std::uint64_t bytes = end - begin;
  if (kept_bytes_ + bytes > std::min(max_kept_bytes, budget_->bytes() / budget_to_kept)) return {};
  budget_->reserve_image(bytes);
  kept_bytes_ += bytes;
  return {"", 0, bytes, std::string(batch.text_of(record).substr(begin, bytes))};
}

unsigned Gallery::rank_of(const line::ConvertedImage& image) const noexcept {
  unsigned rank = is_shrunk(image) ? shrunk_ : UINT_MAX;
  if (!is_shrunk(image))
    image.conversions.each(
        [&](image::Conversion c) { rank = std::min(rank, converted_[static_cast<std::size_t>(c)]); });
  return rank;
}

bool Gallery::wants(const line::ImageTask& task) const noexcept {
  if (budget_ == nullptr || !task.converted || task.converted->unchanged) return false;
  const line::ConvertedImage& image = *task.converted;
  if (rank_of(image) >= (is_shrunk(image) ? max_shrunk : max_of_a_conversion)) return false;
  // An image on many lines is shown with the first of them.
  return std::ranges::find(noted_, task.key, &Noted::key) == noted_.end();
}

bool Gallery::wants(const Fault& fault) const noexcept {
  return budget_ != nullptr && fault.code != FaultCode::line_too_long &&
         rejected_[static_cast<std::size_t>(fault.code)] < max_of_a_reason;
}

void Gallery::note_written(const line::LineBatch& batch, const line::LineRecord& record, const line::ImageTask& task,
                           const std::string& shard, std::uint64_t offset, GalleryEntry entry) {
  const line::ConvertedImage& converted = *task.converted;
  const auto edit = std::ranges::find_if(record.edits, [&](const example::Edit& each) {
    return !each.text.empty() && each.text.data() == converted.text.data();
  });
  if (edit == record.edits.end()) return;
  // Where the value begins in the line that is written.
  std::uint64_t begin = offset + edit->begin;
  for (auto before = record.edits.begin(); before != edit; ++before)
    begin = begin + before->text.size() - (before->end - before->begin);
  const unsigned rank = rank_of(converted);
  const bool shrunk = is_shrunk(converted);
  if (shrunk)
    ++shrunk_;
  else
    converted.conversions.each([&](image::Conversion kind) { ++converted_[static_cast<std::size_t>(kind)]; });
  entry.sample.kind = shrunk ? SampleKind::shrunk : SampleKind::converted;
  entry.sample.before.facts = task.facts_before;
  entry.sample.after.facts = task.facts_after;
  entry.sample.psnr_db = converted.psnr_db;
  converted.conversions.each([&](image::Conversion c) { entry.sample.conversions.emplace_back(image::name(c)); });
  TextPlace before = place_of(batch, record, task.value.begin + 1, task.value.end - 1);
  TextPlace after{fmt::format("{}/{}", directory_, shard), begin, edit->text.size(), ""};
  noted_.push_back({std::move(entry), rank, task.key, std::move(before), std::move(after)});
}

void Gallery::note_rejected(const line::LineBatch& batch, const line::LineRecord& record, GalleryEntry entry) {
  const Fault& fault = *record.fault;
  unsigned& count = rejected_[static_cast<std::size_t>(fault.code)];
  entry.sample.kind = SampleKind::rejected;
  entry.sample.reason = name(fault.code);
  entry.sample.detail = fault.detail;
  TextPlace before = place_of(batch, record, 0, static_cast<std::uint32_t>(batch.text_of(record).size()));
  noted_.push_back({std::move(entry), count++, {}, std::move(before), {}});
}

std::vector<GalleryEntry> Gallery::render(const line::LineContext& context, nanoseconds allowed,
                                          unsigned threads) const {
  std::vector<GalleryEntry> entries;
  for (const Noted& noted : noted_) entries.push_back(noted.entry);
  std::vector<std::size_t> order(noted_.size());
  std::iota(order.begin(), order.end(), 0);
  // The first of each kind before the second of any.
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return noted_[i].rank; });
  const unsigned painters = std::clamp(threads, 1u, max_painters);
  const std::uint64_t max_bytes = context.budget->bytes() / std::max(2 * painters, min_budget_to_picture);
  Allowance allowance(allowed);
  for_each_index(order.size(), painters, std::atomic<bool>(false), [&](std::size_t i) {
    const Noted& noted = noted_[order[i]];
    GalleryEntry& entry = entries[order[i]];
    ImageSample& sample = entry.sample;
    Painter painter(context, max_bytes, allowance);
    if (sample.kind == SampleKind::rejected) return painter.paint_rejected(noted.before, entry.pointer, sample.before);
    painter.paint(noted.before, sample.before);
    painter.paint(noted.after, sample.after);
  });
  std::erase_if(entries, [](const GalleryEntry& entry) {
    return entry.sample.kind == SampleKind::rejected && entry.sample.before.thumbnail.empty();
  });
  return entries;
}

}  // namespace visionshard::report
