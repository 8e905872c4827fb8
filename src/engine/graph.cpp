// Batches circulate: `read` fills one, `write` returns it. A batch that `read` cannot fill yet, for lack of memory,
// stays with `read` until another batch returns; no task ever blocks. The state that `read` and `admit` wait on is
// theirs alone and changes only by the messages they receive, one at a time. tests/model/graph.pml is a model of this
// protocol.
#include <tbb/concurrent_queue.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/flow_graph.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <system_error>
#include <thread>

#include "engine/admission.h"
#include "engine/pipeline.h"
#include "engine/reading.h"

namespace visionshard::engine {
namespace {

namespace flow = tbb::flow;

using Read = flow::multifunction_node<ReadMessage, std::tuple<Batch*, AdmitMessage>>;
using Parse = flow::multifunction_node<Batch*, std::tuple<AdmitMessage, ReadMessage>>;
struct ImageAdmitted {};
using Admit = flow::multifunction_node<AdmitMessage, std::tuple<ImageAdmitted, Batch*, ReadMessage>>;
using Convert = flow::multifunction_node<ImageAdmitted, std::tuple<Batch*, AdmitMessage>>;
using Assemble = flow::multifunction_node<Batch*, std::tuple<Batch*, ReadMessage>>;
using Commit = flow::multifunction_node<Batch*, std::tuple<Batch*>>;
using Write = flow::multifunction_node<Batch*, std::tuple<ReadMessage, Published>>;
using Publish = flow::multifunction_node<Published, std::tuple<ReadMessage>>;

template <class Port>
void send(Port& port, Batch* batch) {
  batch->fence.release();
  port.try_put(batch);
}

// Sends control messages to a serial node, with the fence that the node synchronizes on.
template <class Message>
class ControlPort {
 public:
  template <class Port>
  void send(Port& port, const Message& message) {
    fence.release();
    port.try_put(message);
  }
  TsanFence fence;
};

// Threads that join the arena besides the caller. oneTBB starts at most as many workers as there are processors, and
// ends the process where the system cannot start one; these are as many as requested, or fewer.
class ArenaThreads {
 public:
  template <class Work>
  ArenaThreads(unsigned count, Work work) {
    threads_.reserve(count);  // a throw between two of them would wait for the first for ever
    try {
      while (threads_.size() < count) threads_.emplace_back(work);
    } catch (const std::system_error&) {
      // The run continues with the threads that were started.
    }
  }

 private:
  std::vector<std::jthread> threads_;
};

}  // namespace

void run_graph(const Pipeline& p, unsigned threads) {
  Reading reading(p, threads);
  Admission admission(p);
  Sink* const sink = p.processor.sink();
  tbb::enumerable_thread_specific<std::unique_ptr<Scratch>> scratches([&] { return p.processor.make_scratch(); });
  // Threads keep their buffers for the next image, but only up to a size: each could otherwise keep a very large one.
  const std::uint64_t keep_scratch_bytes = p.budget.bytes() / 16 / threads;
  ControlPort<ReadMessage> to_read;
  ControlPort<AdmitMessage> to_admit;
  TsanFence commits, writes, publications;

  // All threads of the arena belong to the run: other users of oneTBB in this process are not affected.
  tbb::task_arena arena(static_cast<int>(threads), threads);
  arena.execute([&] {
    flow::graph g;
    const auto sequence = [](Batch* b) noexcept { return static_cast<std::size_t>(b->sequence); };

    // Serial: there is one file position. Receives free batches, emits filled ones.
    Read read(g, flow::serial, [&](const ReadMessage& message, Read::output_ports_type& out) {
      const SerialSection section(to_read.fence);
      p.state.guard([&] {
        reading.take(
            message, [&](const AdmitMessage& change) { to_admit.send(std::get<1>(out), change); },
            [&](Batch* filled) { send(std::get<0>(out), filled); });
      });
    });
    // Parallel: cutting, parsing, base64 and container checks change nothing but the batch.
    Parse parse(g, flow::unlimited, [&](Batch* b, Parse::output_ports_type& out) {
      b->fence.acquire();
      const std::uint64_t number = b->sequence;
      p.state.run_checked(Stage::parse, [&] {
        Scratch& scratch = *scratches.local();
        auto parsed = p.processor.parse(*b, scratch);
        scratch.trim(keep_scratch_bytes);
        return parsed;
      });
      if (p.state.stopping()) b->pending.clear();
      b->unfinished = static_cast<std::uint32_t>(b->pending.size());
      charge_kept_memory(*b, p.budget);
      to_read.send(std::get<1>(out), Parsed{number, !b->pending.empty()});
      send(std::get<0>(out), b);
    });
    flow::sequencer_node<AdmitMessage> in_order(
        g, [&](const AdmitMessage& message) noexcept { return sequence(std::get<Batch*>(message)); });
    tbb::concurrent_queue<ImageWork> admitted;
    // Serial and in order, as admission.h explains. A batch without images may overtake batches that wait:
    // `in_order_again` restores the order.
    Admit admit(g, flow::serial, [&](const AdmitMessage& message, Admit::output_ports_type& out) {
      const SerialSection section(to_admit.fence);
      Batch* const* const batch = std::get_if<Batch*>(&message);
      if (batch != nullptr) (*batch)->fence.acquire();
      const bool has_none = batch != nullptr && (*batch)->pending.empty();
      p.state.guard([&] {
        admission.take(message, [&](ImageWork work) {
          work.batch->fence.release();
          admitted.push(work);
          std::get<0>(out).try_put(ImageAdmitted{});
        });
      });
      if (has_none) send(std::get<1>(out), *batch);
      if (std::holds_alternative<ImageDone>(message) || std::holds_alternative<ImageGrew>(message))
        to_read.send(std::get<2>(out), ImageMemoryReleased{});
      if (const std::uint64_t missing = admission.missing_bytes(); missing > 0)
        to_read.send(std::get<2>(out), ImageWaits{missing});
    });
    // Parallel: one image per message, so that one line with ten large images uses all processors.
    // Each message takes the image that was admitted first: a thread runs its newest task first, and the image that all
    // others wait for could stay until the last.
    // An image that another thread is converting receives its result from that thread.
    Convert convert(g, flow::unlimited, [&](ImageAdmitted, Convert::output_ports_type& out) {
      ImageWork work;
      admitted.try_pop(work);
      work.batch->fence.acquire();
      const ImageKey key = work.batch->pending[work.index].key;
      const ImageDone done{work.reserved_bytes()};
      auto claim = work.has_max ? ConversionCache::Claim::owned : ConversionCache::Claim::known;
      SharedResult result;
      if (!work.has_max) p.state.guard([&] { claim = p.cache.claim(key, work, result); });
      std::vector<ImageWork> waited;
      if (claim == ConversionCache::Claim::owned) {
        p.state.run_checked(Stage::convert, [&]() -> RunResult<void> {
          return p.processor.convert(work).map([&](SharedResult made) { result = std::move(made); });
        });
        if (!result && work.can_grow() && !p.state.stopping()) {
          work.batch->fence.release();
          to_admit.send(std::get<1>(out), ImageGrew{work});
          return;
        }
        waited = p.cache.publish(key, result);
      }
      const auto apply = [&](const ImageWork& each) {
        if (!p.state.stopping()) p.state.guard([&] { p.processor.apply(each, result); });
        if (--each.batch->unfinished == 0) send(std::get<0>(out), each.batch);
      };
      for (const ImageWork& each : waited) apply(each);
      if (claim != ConversionCache::Claim::awaited) apply(work);
      to_admit.send(std::get<1>(out), done);
    });
    // Parallel: decides the outcomes and edits of the batch's lines.
    Assemble assemble(g, flow::unlimited, [&](Batch* b, Assemble::output_ports_type& out) {
      b->fence.acquire();
      if (!b->pending.empty()) to_read.send(std::get<1>(out), Converted{b->sequence});
      p.state.run(Stage::assemble, [&] { p.processor.assemble(*b); });
      send(std::get<0>(out), b);
    });
    flow::sequencer_node<Batch*> in_order_again(g, sequence);
    // Serial and in order: line numbers, places in shards, and the shards' digests, which need the bytes in sequence.
    // A multifunction_node, since its body sends the result itself: a function_node frees its serial slot before it
    // forwards the result, and the next batch could be forwarded first.
    Commit commit(g, flow::serial, [&](Batch* b, Commit::output_ports_type& out) {
      b->fence.acquire();
      const SerialSection section(commits);
      p.state.run_checked(Stage::commit, [&] { return p.processor.commit(*b); });
      if (sink != nullptr) p.state.run_to_end(Stage::digest, [&] { sink->digest(*b); });
      send(std::get<0>(out), b);
    });
    // Serial, and in order because `commit` is: two threads that write to one file wait for the inode's lock, and on
    // ext4 they spin; a parallel node took three times the processor time.
    Write write(g, flow::serial, [&](Batch* b, Write::output_ports_type& out) {
      b->fence.acquire();
      const SerialSection section(writes);
      std::size_t completed = 0;
      if (sink != nullptr)
        p.state.run_checked_to_end(Stage::write, [&]() -> RunResult<void> {
          return sink->write(*b).map([&](std::size_t files) { completed = files; });
        });
      to_read.send(std::get<0>(out), Freed{b, completed});
      writes.release();
      for (; completed > 0; --completed) std::get<1>(out).try_put(Published{});
    });
    // Serial and in order: final names appear in the shards' order. Separate from `write`, since it waits for the disk.
    Publish publish(g, flow::serial, [&](Published published, Publish::output_ports_type& out) {
      writes.acquire();
      const SerialSection section(publications);
      p.state.run_checked_to_end(Stage::publish, [&] { return sink->publish(); });
      to_read.send(std::get<0>(out), published);
    });

    flow::make_edge(flow::output_port<0>(read), parse);
    flow::make_edge(flow::output_port<1>(read), admit);
    flow::make_edge(flow::output_port<0>(parse), in_order);
    flow::make_edge(flow::output_port<1>(parse), read);
    flow::make_edge(in_order, admit);
    flow::make_edge(flow::output_port<0>(admit), convert);
    flow::make_edge(flow::output_port<1>(admit), assemble);
    flow::make_edge(flow::output_port<2>(admit), read);
    flow::make_edge(flow::output_port<0>(convert), assemble);
    flow::make_edge(flow::output_port<1>(convert), admit);
    flow::make_edge(flow::output_port<0>(assemble), in_order_again);
    flow::make_edge(flow::output_port<1>(assemble), read);
    flow::make_edge(in_order_again, commit);
    flow::make_edge(flow::output_port<0>(commit), write);
    flow::make_edge(flow::output_port<0>(write), read);
    flow::make_edge(flow::output_port<1>(write), publish);
    flow::make_edge(flow::output_port<0>(publish), read);

    tbb::task_group all;
    tbb::task_handle end = all.defer([] {});
    {
      // They run tasks of the arena until `end` has run.
      const ArenaThreads workers(threads - 1, [&] { arena.execute([&] { all.wait(); }); });
      to_read.fence.release();
      read.try_put(Begin{});
      g.wait_for_all();
      all.run(std::move(end));
      all.wait();
    }
    for (TsanFence* const fence : {&to_read.fence, &to_admit.fence, &commits, &writes, &publications}) fence->acquire();
  });
  reading.check_no_batch_lost();
}

}  // namespace visionshard::engine
