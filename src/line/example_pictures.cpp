#include "line/example_pictures.h"

#include <algorithm>

namespace visionshard::line {
namespace {

void add_picture(const ImageTask& task, std::uint32_t image, output::ExamplePictures& all) {
  if (!task.pdq) {
    ++all.counts.undecodable;
    return;
  }
  if (task.pdq->quality < near_duplicates::least_quality) {
    ++all.counts.flat;
    return;
  }
  ++all.counts.hashed;
  const output::HashKey key = output::shared_key(*task.digest);
  if (std::ranges::find(all.pictures, key, &output::HashedPicture::key) == all.pictures.end())
    all.pictures.push_back({task.pdq->hash, key, image, task.pdq->quality});
}

}  // namespace

void add_pictures(LineBatch& batch) {
  for (LineRecord& record : batch.records) {
    if (record.state != LineState::written) continue;
    record.with_extras().pictures = std::make_unique<output::ExamplePictures>();
    std::uint32_t image = 0;
    for (const ImageTask& task : batch.tasks_of(record)) {
      if (task.outcome == ImageOutcome::dropped) continue;
      // Without a format it is on the web.
      if (!task.facts_before.format.empty()) add_picture(task, image, *record.extras->pictures);
      ++image;
    }
  }
}

}  // namespace visionshard::line
