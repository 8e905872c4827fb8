// Threads that check the images and write what became of each URL to the store, so that the thread of the sockets
// never waits for a disk.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "store/body_buffer.h"
#include "store/store_writer.h"

namespace visionshard::fetching {

class Recorder {
 public:
  struct Work {
    std::uint64_t id = 0;               // for the caller
    store::BodyBuffer* body = nullptr;  // of a URL that was fetched
    bool may_be_cut_short = false;      // then an image that is not whole is not recorded: another try may bring it
    std::string unknown_encoding;       // of the body
    store::UrlRecord record;
  };
  struct Result {
    std::uint64_t id = 0;
    std::uint64_t bytes = 0;
    std::optional<ImageFault> fault;  // of the image
    bool is_recorded = false;
    store::UrlRecord record;
  };

  /// `wake()` is called, by one of the threads, when there are results.
  Recorder(store::StoreWriter writer, std::uint64_t max_pixels, unsigned threads, std::function<void()> wake);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void add(Work work);
  /// The results since the last call.
  std::vector<Result> take_results();
  /// The first failure of the disk.
  std::optional<RunFault> fault() const;

  /// Finishes all work and closes the store.
  RunResult<void> finish();

 private:
  void run();
  Result record(Work work, Bytes& spare);
  void keep_fault(RunResult<void>&& result);

  std::uint64_t max_pixels_;
  std::function<void()> wake_;
  std::mutex writer_mutex_;
  store::StoreWriter writer_;
  mutable std::mutex mutex_;  // of the rest
  std::condition_variable work_ready_;
  std::deque<Work> work_;
  std::vector<Result> results_;
  std::optional<RunFault> fault_;
  bool is_ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace visionshard::fetching
