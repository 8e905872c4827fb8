// Batches circulate: `read` fills one, `store` gives it back. A batch that `read` cannot fill yet, for want of memory,
// stays with it until another comes back; nothing ever blocks inside a task. What `read` and `admit` wait for is theirs
// alone: it changes only by the messages that they are told of it, one at a time. tests/model/graph.pml is this
// protocol as a model.
#include "engine/graph.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/flow_graph.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <system_error>
#include <thread>

#include "engine/admission.h"
#include "engine/reading.h"
#include "engine/segments.h"
#include "engine/tsan_fence.h"
#include "line/image_task.h"

namespace visionshard::pipeline {
namespace {

namespace flow = tbb::flow;

// Of the bodies of a serial node, which run one after the other, to the thread sanitizer too.
class SerialSection {
 public:
  explicit SerialSection(TsanFence& order) noexcept : order_(order) { order_.take(); }
  ~SerialSection() { order_.pass(); }
  SerialSection(const SerialSection&) = delete;
  SerialSection& operator=(const SerialSection&) = delete;

 private:
  TsanFence& order_;
};

template <class Port>
void send(Port& port, Batch* batch) {
  batch->handed_on.pass();
  port.try_put(batch);
}

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
  // A payload's buffer is kept for the next image, but not by each of many threads one of the largest there was.
  const std::uint64_t keep_payload_bytes = s.budget.bytes() / 16 / threads;
  std::vector<std::unique_ptr<Batch>> pool(batches_in_flight(threads, s.budget.read_share(), s.reader.block_bytes()));
  for (auto& batch : pool) batch = std::make_unique<Batch>();

  arena.execute([&] {
    flow::graph g;
    using Shard = std::shared_ptr<output::ShardFile>;
    using Read = flow::multifunction_node<ReadMessage, std::tuple<Batch*, AdmitMessage>>;
    using Inspect = flow::multifunction_node<Batch*, std::tuple<AdmitMessage, ReadMessage>>;
    using Admit = flow::multifunction_node<AdmitMessage, std::tuple<ImageWork, Batch*>>;
    using Convert = flow::multifunction_node<ImageWork, std::tuple<Batch*, AdmitMessage>>;
    using Assemble = flow::multifunction_node<Batch*, std::tuple<Batch*, ReadMessage>>;
    using Commit = flow::multifunction_node<Batch*, std::tuple<Batch*>>;
    using Store = flow::multifunction_node<Batch*, std::tuple<ReadMessage, Shard>>;
    using Publish = flow::multifunction_node<Shard, std::tuple<ReadMessage>>;
    using InOrder = flow::sequencer_node<Batch*>;
    const auto sequence = [](Batch* b) noexcept { return static_cast<std::size_t>(b->sequence); };

    // Serial: one file position. Gets free batches, gives filled ones.
    TsanFence told_read, told_admit;
    const auto tell_read = [&](auto& port, const ReadMessage& message) {
      told_read.pass();
      port.try_put(message);
    };
    const auto tell_admit = [&](auto& port, const AdmitMessage& message) {
      told_admit.pass();
      port.try_put(message);
    };
    Read read(g, flow::serial, [&](const ReadMessage& message, Read::output_ports_type& out) {
      const SerialSection turn(told_read);
      s.state.guard([&] {
        reading.take(
            message, [&](const AdmitMessage& news) { tell_admit(std::get<1>(out), news); },
            [&](Batch* filled) { send(std::get<0>(out), filled); });
      });
    });
    // Parallel: cutting, parsing, base64 and container checks touch the batch alone.
    Inspect inspect(g, flow::unlimited, [&](Batch* b, Inspect::output_ports_type& out) {
      b->handed_on.take();
      Inspected inspected{b->sequence, false};
      s.state.run(Stage::inspect, [&] {
        Scratch& own = scratch.local();
        s.job.inspect(*b, own);
        if (own.payload.capacity() > keep_payload_bytes) own.payload = Bytes();
      });
      if (s.state.stopping()) b->pending.clear();
      b->unfinished = static_cast<std::uint32_t>(b->pending.size());
      charge_what_is_kept(*b, s.budget);
      inspected.has_images = !b->pending.empty();
      tell_read(std::get<1>(out), inspected);
      send(std::get<0>(out), b);
    });
    flow::sequencer_node<AdmitMessage> in_order(
        g, [&](const AdmitMessage& message) noexcept { return sequence(std::get<Batch*>(message)); });
    // Serial and in order: the budget's rule. A batch without images may overtake those that wait, since
    // `in_order_again` holds it.
    Admit admit(g, flow::serial, [&](const AdmitMessage& message, Admit::output_ports_type& out) {
      const SerialSection turn(told_admit);
      Batch* const* const batch = std::get_if<Batch*>(&message);
      if (batch != nullptr) (*batch)->handed_on.take();
      const bool has_none = batch != nullptr && (*batch)->pending.empty();
      s.state.guard([&] {
        admission.take(message, [&](ImageWork work) {
          work.batch->handed_on.pass();
          std::get<0>(out).try_put(work);
        });
      });
      if (has_none) send(std::get<1>(out), *batch);
    });
    // Parallel: one image a message, so that one line with ten large images uses all processors.
    // An image that another thread is at is settled by that thread, with its own.
    Convert convert(g, flow::unlimited, [&](ImageWork work, Convert::output_ports_type& out) {
      work.batch->handed_on.take();
      const ImageKey key = work.batch->task(work.pending_index).key;
      const std::uint64_t need_bytes = work.batch->task(work.pending_index).need_bytes;
      auto claim = ConversionCache::Claim::known;
      SharedConversion converted;
      s.state.guard([&] { claim = s.cache.claim(key, work, converted); });
      std::vector<ImageWork> settled;
      if (claim == ConversionCache::Claim::owned) {
        s.state.run(Stage::convert, [&] { converted = s.job.convert_image(work); });
        settled = s.cache.publish(key, converted);
      }
      const auto settle = [&](const ImageWork& each) {
        if (!s.state.stopping()) s.state.guard([&] { apply_result(each, converted); });
        if (--each.batch->unfinished == 0) send(std::get<0>(out), each.batch);
      };
      for (const ImageWork& each : settled) settle(each);
      if (claim != ConversionCache::Claim::awaited) settle(work);
      tell_admit(std::get<1>(out), ImageDone{need_bytes});
    });
    // Parallel: verdicts and edits of the batch's lines.
    Assemble assemble(g, flow::unlimited, [&](Batch* b, Assemble::output_ports_type& out) {
      b->handed_on.take();
      if (!b->pending.empty()) tell_read(std::get<1>(out), Converted{b->sequence});
      s.state.run(Stage::assemble, [&] { s.job.assemble(*b); });
      send(std::get<0>(out), b);
    });
    InOrder in_order_again(g, sequence);
    // Serial and in order: line numbers, places in shards and the shards' digests, which are of bytes in sequence.
    // It puts its result itself: a function_node gives its serial task free before it hands its result on, so that the
    // next batch could be handed on first.
    TsanFence commits, stores, publications;
    Commit commit(g, flow::serial, [&](Batch* b, Commit::output_ports_type& out) {
      b->handed_on.take();
      const SerialSection turn(commits);
      s.state.run_checked(Stage::commit, [&] { return s.job.commit(*b); });
      s.state.run_to_end(Stage::digest, [&] { digest_bytes(*b); });
      send(std::get<0>(out), b);
    });
    // Serial and, since `commit` is, in order: two threads that write to one file wait for its inode's lock, and on
    // ext4 they spin; in parallel this took three times the processor time.
    Store store(g, flow::serial, [&](Batch* b, Store::output_ports_type& out) {
      b->handed_on.take();
      const SerialSection turn(stores);
      s.state.run_checked_to_end(Stage::store, [&] { return pipeline::store(*b); });
      const std::vector<Shard> closed = std::move(b->closed);
      tell_read(std::get<0>(out), Freed{b, closed.size()});
      stores.pass();
      for (const Shard& shard : closed) std::get<1>(out).try_put(shard);
    });
    // Serial and in order: final names appear in the shards' order. Beside `store`: it waits for the disk.
    Publish publish(g, flow::serial, [&](const Shard& shard, Publish::output_ports_type& out) {
      stores.take();
      const SerialSection turn(publications);
      s.state.run_checked_to_end(Stage::publish, [&] { return s.job.publish(*shard); });
      tell_read(std::get<0>(out), Published{});
    });

    flow::make_edge(flow::output_port<0>(read), inspect);
    flow::make_edge(flow::output_port<1>(read), admit);
    flow::make_edge(flow::output_port<0>(inspect), in_order);
    flow::make_edge(flow::output_port<1>(inspect), read);
    flow::make_edge(in_order, admit);
    flow::make_edge(flow::output_port<0>(admit), convert);
    flow::make_edge(flow::output_port<1>(admit), assemble);
    flow::make_edge(flow::output_port<0>(convert), assemble);
    flow::make_edge(flow::output_port<1>(convert), admit);
    flow::make_edge(flow::output_port<0>(assemble), in_order_again);
    flow::make_edge(flow::output_port<1>(assemble), read);
    flow::make_edge(in_order_again, commit);
    flow::make_edge(flow::output_port<0>(commit), store);
    flow::make_edge(flow::output_port<0>(store), read);
    flow::make_edge(flow::output_port<1>(store), publish);
    flow::make_edge(flow::output_port<0>(publish), read);

    for (const auto& batch : pool) {
      told_read.pass();
      read.try_put(Freed{batch.get(), 0});
    }
    g.wait_for_all();
    for (TsanFence* const order : {&told_read, &told_admit, &commits, &stores, &publications}) order->take();
    for (const auto& batch : pool) batch->handed_on.take();
    reading.check_nothing_was_lost();
  });
}

}  // namespace visionshard::pipeline
