#include "screen/face_tally.h"

#include <fmt/format.h>

#include <optional>

namespace visionshard::screen {

FaceTally::FaceTally(std::vector<std::string> sources, engine::Budget& budget)
    : budget_(budget), max_bytes_(budget.bytes() / 4), file_lines_(sources.size()) {
  report_.sources = std::move(sources);
}

RunResult<void> FaceTally::hold(std::uint64_t bytes) {
  held_bytes_ += bytes;
  budget_.reserve_image(bytes);
  if (held_bytes_ <= max_bytes_) return {};
  return run_fault(
      fmt::format("the {} images with faces take more than {} bytes, a quarter of --memory; give more memory, "
                  "or fewer inputs at a time",
                  report_.images.size(), max_bytes_));
}

RunResult<void> FaceTally::add_image(const ScreenedImage& image, Place place) {
  const auto [found, is_new] = index_.try_emplace(image.sha256, report_.images.size());
  if (is_new) {
    ImageWithFaces& added = report_.images.emplace_back();
    added.image.size = image.size;
    added.image.faces = image.faces;
    added.image.sha256 = image.sha256;
    if (report_.images.size() <= max_thumbnails) {
      added.image.thumbnail.append(image.thumbnail);
      added.image.thumbnail_size = image.thumbnail_size;
    }
    added.places.reserve(max_places);
    // Twice its own size, since vectors grow ahead; and an entry of the index.
    VISIONSHARD_TRY(hold(2 * sizeof(ImageWithFaces) + max_places * sizeof(Place) + image.faces.size() * sizeof(Face) +
                         added.image.thumbnail.capacity() + 96));
    ++report_.counts.images_with_faces;
    report_.counts.faces += image.faces.size();
  }
  ImageWithFaces& known = report_.images[found->second];
  ++known.lines;
  if (known.places.size() < max_places) known.places.push_back(place);
  return {};
}

RunResult<void> FaceTally::add(const ScreenBatch& batch) {
  ScreenCounts& counts = report_.counts;
  const std::uint64_t lines_before = file_lines_[batch.text.file];
  std::vector<const ScreenedImage*> of_line;
  for (std::size_t i = 0; i < batch.images.size(); ++i) {
    const SeenImage& seen = batch.images[i];
    if (i == 0 || batch.images[i - 1].record != seen.record) of_line.clear();
    ++counts.images;
    counts.urls += seen.is_url;
    std::optional<FaultCode> fault = seen.fault;
    const ScreenedImage* image = nullptr;
    if (seen.result) {
      const auto& result = static_cast<const SharedScreening&>(*seen.result).image;
      if (result)
        image = &*result;
      else
        fault = result.error().code;
    }
    if (fault) ++counts.unreadable[name(*fault)];
    if (image == nullptr) continue;
    ++counts.looked_at;
    if (image->faces.empty()) continue;
    counts.lines_with_faces += of_line.empty();
    const bool again = std::ranges::any_of(of_line, [&](const auto* other) { return other->sha256 == image->sha256; });
    of_line.push_back(image);
    if (again) continue;
    const std::uint64_t line = lines_before + batch.records[seen.record].number + 1;
    VISIONSHARD_TRY(add_image(*image, {static_cast<std::uint32_t>(batch.text.file), line}));
  }
  for (const line::LineRecord& record : batch.records) counts.unreadable_lines += record.fault != nullptr;
  counts.lines += batch.lines;
  counts.blank += batch.blank;
  file_lines_[batch.text.file] += batch.lines;
  text_bytes_ += batch.text.text_bytes;
  return {};
}

}  // namespace visionshard::screen
