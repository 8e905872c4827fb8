// Batches circulate: `read` fills one, `retire` gives it back. A nullptr is a nudge: memory or room was made. A batch
// that `read` cannot fill yet, for want of memory, stays with it until another comes back; nothing ever blocks inside a
// task.
//
// Images that need pixels are admitted by bytes and strictly in input order. Whoever holds memory is therefore older
// than the image that waits, and will commit and give it back without needing anything of it; the oldest never waits
// for the younger. An image that needs more than the whole budget runs when it is alone.
#include "pipeline/graph.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/flow_graph.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "pipeline/happens_before.h"
#include "pipeline/image_slot.h"
#include "pipeline/segments.h"

namespace visionshard::pipeline {
namespace {

namespace flow = tbb::flow;

// Of the bodies of a serial node, which run one after the other, to the thread sanitizer too.
class Turn {
 public:
  explicit Turn(HappensBefore& order) noexcept : order_(order) { order_.take(); }
  ~Turn() { order_.pass(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  HappensBefore& order_;
};

template <class Port>
void send(Port& port, Batch* batch) {
  batch->handed_on.pass();
  port.try_put(batch);
}

void received(const Batch* batch) {
  if (batch != nullptr) batch->handed_on.take();
}

// Text, and the payload decoded from it or written anew.
std::uint64_t cost_of_text(std::uint64_t block_bytes) { return 2 * block_bytes; }

// A line's record and its fault, with their texts.
constexpr std::uint64_t record_bytes = 300;

// Blocks that a long line has blown up are cut back before they are filled again.
constexpr std::size_t keep_block_bytes = 2 << 20;

// The read stage: hands out batches in order for as long as memory for text is left.
class Reading {
 public:
  Reading(Stages stages, unsigned threads)
      : s_(stages),
        budget_(stages.budget),
        most_ahead_(2 * threads),
        most_leaving_(2 * threads),
        most_converting_(3 * threads),
        most_unpublished_(threads) {}

  // A batch that is free again or for the first time, or nullptr when one was inspected or a shard got its name. Calls
  // emit(batch) for each that could be filled.
  template <class Emit>
  void take(Batch* free_batch, Emit emit) {
    if (free_batch != nullptr) {
      if (free_batch->block_cost > 0) {
        --in_flight_;
        ++retired_;
      }
      budget_.give_text(std::exchange(free_batch->block_cost, 0));
      free_.push_back(free_batch);
    }
    while (!free_.empty() && !ended_ && !s_.state.stopping() && ahead_.load() < most_ahead_ && !enough_to_do()) {
      // The one given back last is the likeliest to be in cache; one that holds the beginning of a line goes first.
      Batch* const batch = begun_ != nullptr ? begun_ : free_.back();
      bool filled = false;
      s_.state.run(Stage::read, [&] { filled = fill(*batch); });
      if (!filled) return;
      free_.erase(std::find(free_.rbegin(), free_.rend(), batch).base() - 1);
      ++ahead_;
      emit(batch);
    }
  }
  void inspected(Batch& batch) {
    const std::uint64_t kept_bytes = std::max<std::size_t>(batch.text.end, 1) + batch.records.size() * record_bytes;
    budget_.give_text(batch.block_cost);
    budget_.take_text(kept_bytes);
    batch.block_cost = kept_bytes;
    --ahead_;
    if (batch.pending.empty()) return;
    const std::lock_guard lock(converting_mutex_);
    converting_.insert(batch.sequence);
  }
  // After everything: a message that was lost in front of a node that keeps order ends a graph quietly.
  void check_nothing_was_lost() {
    if (in_flight_ == 0 && (ended_ || s_.state.stopping())) return;
    s_.state.fail({fmt::format("{} of {} blocks of lines were lost on their way; please report this defect", in_flight_,
                               sequence_)});
  }
  void closed() noexcept { ++unpublished_; }
  void published() noexcept { --unpublished_; }
  void converted(const Batch& batch) noexcept {
    if (batch.pending.empty()) return;
    const std::lock_guard lock(converting_mutex_);
    converting_.erase(batch.sequence);
  }

 private:
  bool fill(Batch& batch) {
    // Alone, a line gets whatever it takes: it runs when nothing else is in flight.
    const std::uint64_t left = budget_.left_for_text();
    const bool alone = in_flight_ == 0;
    if (!alone && left == 0) return false;
    if (begun_ == nullptr) batch.text.block.shrink(keep_block_bytes);
    auto next = s_.reader.next(batch.text, alone ? SIZE_MAX : left / 2);
    if (!next) {
      s_.state.fail(std::move(next.error()));
      return false;
    }
    begun_ = *next == input::Next::need_memory ? &batch : nullptr;
    ended_ = *next == input::Next::end;
    if (*next != input::Next::block) return false;
    batch.sequence = sequence_++;
    batch.block_cost = std::max<std::uint64_t>(cost_of_text(batch.text.end), 1);
    budget_.take_text(batch.block_cost);
    ++in_flight_;
    return true;
  }

  // Enough batches that wait for no image: the digest of a shard is one sequence, so reading on would only push what
  // waits for it out of the caches. With no limit the compliant corpus took 0.88 s and 342 MB, with 4 it took 0.57 s
  // and 25 MB (2 processors, 916 MB). Or enough that do: each has an image for a thread that runs out of work.
  bool enough_to_do() {
    const std::lock_guard lock(converting_mutex_);
    const std::uint64_t leaving = (converting_.empty() ? sequence_ : *converting_.begin()) - retired_;
    return unpublished_.load() >= most_unpublished_ || leaving >= most_leaving_ ||
           converting_.size() >= most_converting_;
  }

  Stages s_;
  Budget& budget_;
  std::vector<Batch*> free_;
  std::uint64_t sequence_ = 0;
  std::uint64_t in_flight_ = 0;
  // Batches read and not yet inspected. A few keep every thread busy; more would leave the cache before their turn.
  std::atomic<std::uint64_t> ahead_{0};
  std::uint64_t most_ahead_;
  std::uint64_t most_leaving_, most_converting_;
  std::uint64_t retired_ = 0;
  // Shards written whose digest is not complete: a few, so that they are still in the page cache.
  std::atomic<std::uint64_t> unpublished_{0};
  std::uint64_t most_unpublished_;
  std::mutex converting_mutex_;
  std::set<std::uint64_t> converting_;  // sequences of batches with images to convert
  Batch* begun_ = nullptr;              // holds the beginning of a line that needs more memory; one of free_
  bool ended_ = false;
};

// The admission stage: images with pixels, in input order, as memory allows.
class Admission {
 public:
  explicit Admission(Stages stages) : budget_(stages.budget), cache_(stages.cache) {}

  // A batch that is next in order, or nullptr when memory was given back.
  template <class EmitImage>
  void take(Batch* batch, EmitImage emit) {
    if (batch != nullptr) waiting_.push_back(batch);
    while (!waiting_.empty()) {
      Batch& head = *waiting_.front();
      while (head.next_pending < head.pending.size()) {
        const std::uint64_t need = head.slot(head.next_pending).need_bytes;
        const bool alone = running_.load() == 0 && head.sequence == retired_.load();
        if (!cache_.make_room(need) && !alone) return;
        budget_.take_image(need);
        ++running_;
        // The batch may be gone as soon as its last image is out.
        const bool last = head.next_pending + 1 == head.pending.size();
        emit(ImageWork{&head, head.next_pending++});
        if (last) break;
      }
      waiting_.pop_front();
    }
  }

  // An image is done: of its memory only the result stays, which has its own charge.
  void finished(std::uint64_t need_bytes) {
    budget_.give_image(need_bytes);
    --running_;
  }
  void retired() { ++retired_; }

 private:
  Budget& budget_;
  ConversionCache& cache_;
  std::deque<Batch*> waiting_;
  std::atomic<std::uint64_t> running_{0};
  std::atomic<std::uint64_t> retired_{0};  // batches, and so the sequence of the oldest one in flight
};

std::size_t batches_in_flight(unsigned threads, std::uint64_t text_bytes, std::size_t block_bytes) {
  return std::max<std::size_t>(threads + 2, text_bytes / cost_of_text(block_bytes) + 2);
}

// Starts them and lets them go.
bool can_start(unsigned threads) {
  try {
    std::vector<std::jthread> all;
    while (all.size() < threads) all.emplace_back([] {});
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace

void run(const Stages& stages, unsigned threads) {
  if (threads == 1 || !can_start(threads))
    run_loop(stages);
  else
    run_graph(stages, threads);
}

void run_graph(Stages s, unsigned threads) {
  // TBB starts no more workers than the machine has processors unless it is told to.
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena arena(static_cast<int>(threads));
  Reading reading(s, threads);
  Admission admission(s);
  tbb::enumerable_thread_specific<Scratch> scratch;
  std::vector<std::unique_ptr<Batch>> pool(batches_in_flight(threads, s.budget.read_share(), s.reader.block_bytes()));
  for (auto& batch : pool) batch = std::make_unique<Batch>();

  arena.execute([&] {
    flow::graph g;
    using BatchNode = flow::function_node<Batch*, Batch*>;
    using Emitter = flow::multifunction_node<Batch*, std::tuple<Batch*>>;
    using Fork = flow::multifunction_node<Batch*, std::tuple<Batch*, Batch*>>;
    using Admit = flow::multifunction_node<Batch*, std::tuple<ImageWork, Batch*>>;
    using Convert = flow::multifunction_node<ImageWork, std::tuple<Batch*, Batch*>>;
    using Shard = std::shared_ptr<shard::ShardFile>;
    using Retire = flow::multifunction_node<Batch*, std::tuple<Batch*, Batch*, Shard>>;
    using Publish = flow::multifunction_node<Shard, std::tuple<Batch*>>;
    using InOrder = flow::sequencer_node<Batch*>;
    const auto sequence = [](Batch* b) noexcept { return static_cast<std::size_t>(b->sequence); };

    // Serial: one file position. Gets free batches, gives filled ones.
    HappensBefore reads;
    Emitter read(g, flow::serial, [&](Batch* b, Emitter::output_ports_type& out) {
      received(b);
      const Turn turn(reads);
      s.state.guard([&] { reading.take(b, [&](Batch* filled) { send(std::get<0>(out), filled); }); });
    });
    // Parallel: cutting, parsing, base64 and container checks touch the batch alone.
    Fork inspect_lines(g, flow::unlimited, [&](Batch* b, Fork::output_ports_type& out) {
      received(b);
      s.state.run(Stage::inspect, [&] { s.job.inspect(*b, scratch.local()); });
      if (s.state.stopping()) b->pending.clear();
      b->unfinished = static_cast<std::uint32_t>(b->pending.size());
      s.state.guard([&] { reading.inspected(*b); });
      send(std::get<0>(out), b);
      std::get<1>(out).try_put(nullptr);
    });
    InOrder in_order(g, sequence);
    // Serial and in order: the budget's rule.
    HappensBefore admissions;
    Admit admit(g, flow::serial, [&](Batch* b, Admit::output_ports_type& out) {
      received(b);
      const Turn turn(admissions);
      if (b != nullptr && b->pending.empty()) {
        // Nothing to admit: it may overtake batches that wait, since `in_order_again` holds it.
        send(std::get<1>(out), b);
        b = nullptr;
      }
      s.state.guard([&] {
        admission.take(b, [&](ImageWork work) {
          work.batch->handed_on.pass();
          std::get<0>(out).try_put(work);
        });
      });
    });
    // Parallel: one image a message, so that one line with ten large images uses all processors.
    // An image that another thread is at is settled by that thread, with its own.
    Convert convert(g, flow::unlimited, [&](ImageWork work, Convert::output_ports_type& out) {
      received(work.batch);
      const ImageKey key = work.batch->slot(work.pending_index).key;
      const std::uint64_t need_bytes = work.batch->slot(work.pending_index).need_bytes;
      auto claim = ConversionCache::Claim::known;
      SharedConversion converted;
      s.state.guard([&] { claim = s.cache.claim(key, work, converted); });
      std::vector<ImageWork> settled;
      if (claim == ConversionCache::Claim::owned) {
        s.state.run(Stage::convert, [&] { converted = s.job.convert_image(work); });
        settled = s.cache.publish(key, converted);
      }
      admission.finished(need_bytes);
      const auto settle = [&](const ImageWork& each) {
        if (!s.state.stopping()) s.state.guard([&] { settle_image(each, converted); });
        if (--each.batch->unfinished == 0) send(std::get<0>(out), each.batch);
      };
      for (const ImageWork& each : settled) settle(each);
      if (claim != ConversionCache::Claim::awaited) settle(work);
      std::get<1>(out).try_put(nullptr);
    });
    // Parallel: verdicts and edits of the batch's lines.
    BatchNode assemble_lines(g, flow::unlimited, [&](Batch* b) noexcept {
      received(b);
      reading.converted(*b);
      s.state.run(Stage::assemble, [&] { s.job.assemble(*b); });
      b->handed_on.pass();
      return b;
    });
    std::atomic<std::size_t> digests_waiting{0};
    InOrder in_order_again(g, sequence);
    // Serial and in order: line numbers and places in shards; touches no line's bytes but those of rejected ones.
    // It puts its result itself: a function_node gives its serial slot free before it hands its result on, so that the
    // next batch can be handed on first, and `digest` depends on the order.
    HappensBefore commits;
    Emitter commit(g, flow::serial, [&](Batch* b, Emitter::output_ports_type& out) {
      received(b);
      const Turn turn(commits);
      s.state.run_checked(Stage::commit, [&] { return s.job.commit(*b); });
      b->outputs_left = 2;
      ++digests_waiting;
      send(std::get<0>(out), b);
    });
    // Serial: two threads that write to one file wait for its inode's lock, and on ext4 they spin; in parallel this
    // took three times the processor time.
    Emitter store(g, flow::serial, [&](Batch* b, Emitter::output_ports_type& out) {
      received(b);
      s.state.run_checked_to_end(Stage::store, [&] { return pipeline::store(*b); });
      if (--b->outputs_left == 0) send(std::get<0>(out), b);
    });
    // Serial and in order: a digest is of bytes in sequence. Runs beside `store`. Where there are threads to spare and
    // it falls behind, the shard's other bytes are left to `complete`: one shard's digest goes at 2 GB/s and no faster.
    const std::size_t most_digests_waiting = threads < 4 || !s.job.keeps_bytes() ? SIZE_MAX : threads;
    HappensBefore digests;
    Emitter digest(g, flow::serial, [&](Batch* b, Emitter::output_ports_type& out) {
      received(b);
      const Turn turn(digests);
      if (digests_waiting-- <= most_digests_waiting) s.state.run_to_end(Stage::digest, [&] { digest_bytes(*b); });
      if (--b->outputs_left == 0) send(std::get<0>(out), b);
    });
    InOrder in_order_for_good(g, sequence);
    // Serial and in order: after it all of a closed shard is written. The batch is free again.
    HappensBefore retirements;
    Retire retire(g, flow::serial, [&](Batch* b, Retire::output_ports_type& out) {
      received(b);
      retirements.pass();
      for (const Shard& shard : b->closed) {
        reading.closed();
        std::get<2>(out).try_put(shard);
      }
      b->reset();
      admission.retired();
      send(std::get<0>(out), b);
      std::get<1>(out).try_put(nullptr);
    });
    // Parallel: the rest of each shard's digest, from the page cache.
    HappensBefore completions;
    flow::function_node<Shard, Shard> complete(g, flow::unlimited, [&](Shard shard) noexcept {
      retirements.take();
      s.state.run_checked_to_end(Stage::complete, [&] { return shard->complete(s.state.stepping()); });
      completions.pass();
      return shard;
    });
    flow::sequencer_node<Shard> in_order_of_shards(
        g, [&](const Shard& shard) noexcept { return static_cast<std::size_t>(shard->index() - s.first_shard); });
    // Serial and in order: final names appear in the shards' order.
    HappensBefore publications;
    Publish publish(g, flow::serial, [&](const Shard& shard, Publish::output_ports_type& out) {
      const Turn turn(publications);
      completions.take();
      s.state.run_checked_to_end(Stage::publish, [&] { return s.job.publish(*shard); });
      reading.published();
      std::get<0>(out).try_put(nullptr);
    });

    flow::make_edge(flow::output_port<0>(read), inspect_lines);
    flow::make_edge(flow::output_port<0>(inspect_lines), in_order);
    flow::make_edge(flow::output_port<1>(inspect_lines), read);
    flow::make_edge(in_order, admit);
    flow::make_edge(flow::output_port<0>(admit), convert);
    flow::make_edge(flow::output_port<1>(admit), assemble_lines);
    flow::make_edge(flow::output_port<0>(convert), assemble_lines);
    flow::make_edge(flow::output_port<1>(convert), admit);
    flow::make_edge(assemble_lines, in_order_again);
    flow::make_edge(in_order_again, commit);
    flow::make_edge(flow::output_port<0>(commit), store);
    flow::make_edge(flow::output_port<0>(commit), digest);
    flow::make_edge(flow::output_port<0>(store), in_order_for_good);
    flow::make_edge(flow::output_port<0>(digest), in_order_for_good);
    flow::make_edge(in_order_for_good, retire);
    flow::make_edge(flow::output_port<0>(retire), read);
    flow::make_edge(flow::output_port<1>(retire), admit);
    flow::make_edge(flow::output_port<2>(retire), complete);
    flow::make_edge(complete, in_order_of_shards);
    flow::make_edge(in_order_of_shards, publish);
    flow::make_edge(flow::output_port<0>(publish), read);

    for (const auto& batch : pool) send(read, batch.get());
    g.wait_for_all();
    for (HappensBefore* const order :
         {&reads, &admissions, &commits, &digests, &retirements, &completions, &publications})
      order->take();
    for (const auto& batch : pool) batch->handed_on.take();
    reading.check_nothing_was_lost();
  });
}

}  // namespace visionshard::pipeline
