#include "engine/window.h"

#include <algorithm>
#include <utility>

namespace visionshard::engine {
namespace {

// Batches of small blocks are filled by what they name rather than by their text, and need not be as many.
std::size_t batches_for(unsigned threads, std::uint64_t text_bytes, std::size_t block_bytes) {
  const std::uint64_t reserved = reserved_for_text(std::max<std::uint64_t>(block_bytes, 64 << 10));
  return std::max<std::size_t>(threads + 2, text_bytes / reserved + 2);
}

constexpr std::uint64_t long_block_bytes = 2 << 20;

// Blocks that have grown for a long line shrink to so much, or to what was read into them.
constexpr std::size_t keep_block_bytes = 2 << 20, huge_page = 2 << 20;

}  // namespace

Window::Window(const Pipeline& pipeline, unsigned threads)
    : processor_(pipeline.processor),
      budget_(pipeline.budget),
      threads_(threads),
      max_unpublished_(threads + 1),
      batches_(batches_for(threads, budget_.read_share(), pipeline.reader.block_bytes())) {
  for (auto& batch : batches_) {
    batch = pipeline.processor.make_batch();
    free_.push_back({batch.get(), 0});
  }
}

bool Window::has_room() const noexcept {
  return !free_.empty() && !threads_have_work() && unpublished_ < max_unpublished_ && room_bytes() > 0;
}

std::uint64_t Window::room_bytes() const noexcept {
  return in_flight() == 0 ? UINT64_MAX : budget_.left_for_text() / 2;
}

// Counts batches that keep a thread busy, or soon will: those at work, and those that are finished and will be written
// at once. More would leave the caches before they are written: without that limit a corpus with nothing to convert
// took 0.88 s and 342 MB, with it 0.57 s and 25 MB. Batches that wait for the images of an older one only take memory.
// Of long lines, which take long, one more than threads is enough: the kernel clears pages for every one that is read
// ahead, which took a tenth of a run on lines of 23 MB.
bool Window::threads_have_work() const noexcept {
  const std::size_t least = threads_ + 1, most = 3 * threads_;
  std::size_t count = 0;
  std::uint64_t text_bytes = 0;
  for (const InFlight& batch : in_flight_) {
    if (batch.state == State::late) continue;
    ++count;
    text_bytes += batch.text_bytes;
  }
  return count >= most || (count >= least && text_bytes >= most * long_block_bytes);
}

void Window::enter(Batch& batch) {
  const auto place = std::ranges::find(free_, &batch, &Free::batch);
  budget_.release_idle(place->idle_bytes);
  free_.erase(place);
  // Of the rest no page is touched, or by an earlier text.
  batch.text.block.shrink(std::max((batch.text.filled + huge_page - 1) / huge_page * huge_page, keep_block_bytes));
  batch.sequence = entered();
  batch.reserved_bytes = std::max<std::uint64_t>(reserved_for_text(batch.text.block.capacity()), 1);
  budget_.reserve_text(batch.reserved_bytes);
  in_flight_.push_back({batch.text.end, State::parsing});
  free_idle(budget_.excess_bytes(), nullptr);
}

void Window::parsed(std::uint64_t sequence, bool has_images) {
  set_state(sequence, has_images ? State::converting : State::finished);
}

void Window::converted(std::uint64_t sequence) { set_state(sequence, State::finished); }

// Late is for good: while many such batches are written, the other threads read and convert.
void Window::set_state(std::uint64_t sequence, State state) noexcept {
  in_flight_[sequence - first_].state = state;
  bool older_converts = false;
  for (InFlight& batch : in_flight_) {
    if (older_converts && batch.state == State::finished) batch.state = State::late;
    older_converts = older_converts || batch.state == State::converting;
  }
}

// Once many batches have waited for an image, all of them are free. What they keep the kernel need not clear again:
// photographs take 0.93 of the time.
void Window::leave(Batch& batch, std::size_t files_completed) {
  in_flight_.pop_front();
  ++first_;
  unpublished_ += files_completed;
  const std::uint64_t idle_bytes = batch.text.block.capacity() + batch.kept_bytes;
  budget_.release_text(std::exchange(batch.reserved_bytes, 0));
  batch.clear();
  free_.push_back({&batch, idle_bytes});
  budget_.reserve_idle(idle_bytes);
  if (budget_.idle_bytes() > budget_.read_share()) forget(free_.back());
}

void Window::forget(Free& free) {
  const auto owner = std::ranges::find(batches_, free.batch, &std::unique_ptr<Batch>::get);
  *owner = processor_.make_batch();
  free.batch = owner->get();
  budget_.release_idle(std::exchange(free.idle_bytes, 0));
}

bool Window::free_idle(std::uint64_t bytes, const Batch* keep) {
  const std::uint64_t before = budget_.idle_bytes(), wanted = before - std::min(before, bytes);
  // The batch that was returned last is the next to be used.
  for (Free& free : free_)
    if (budget_.idle_bytes() > wanted && free.idle_bytes > 0 && free.batch != keep) forget(free);
  return budget_.idle_bytes() < before;
}

void charge_kept_memory(Batch& batch, Budget& budget) noexcept {
  const std::uint64_t bytes = std::max<std::uint64_t>(batch.text.block.capacity(), 1) + batch.kept_bytes;
  budget.reserve_text(bytes);
  budget.release_text(std::exchange(batch.reserved_bytes, bytes));
}

}  // namespace visionshard::engine
