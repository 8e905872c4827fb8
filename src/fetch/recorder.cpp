#include "fetch/recorder.h"

#include <fmt/format.h>

#include <new>
#include <system_error>

#include "base/json_text.h"
#include "codec/image_info.h"

namespace visionshard::fetching {
namespace {

// How long a record can wait for others before it is on the disk.
constexpr std::chrono::milliseconds sync_interval{100};

// Whether more bytes could make an image of these.
bool may_lack_its_end(const ImageFault& fault, ByteView bytes) {
  constexpr std::size_t enough_for_any_format = 64;
  if (fault.code == FaultCode::url_too_large) return false;
  return codec::detect(bytes) != codec::Format::unknown || bytes.size() < enough_for_any_format;
}

ImageResult<void> validate_image(ByteView bytes, std::uint64_t max_pixels) {
  const auto info = codec::probe(bytes);
  if (!info)
    return image_fault(FaultCode::url_not_image, fmt::format("{}: {}", name(info.error().code), info.error().detail));
  if (info->pixels() > max_pixels)
    return image_fault(FaultCode::url_too_large,
                       fmt::format("{} x {} pixels, over the limit of {}", info->width, info->height, max_pixels));
  return {};
}

}  // namespace

Recorder::Recorder(store::StoreWriter writer, std::uint64_t max_pixels, unsigned threads, std::function<void()> wake)
    : max_pixels_(max_pixels), wake_(std::move(wake)), writer_(std::move(writer)) {
  threads_.reserve(std::max(threads, 1u));
  try {
    for (unsigned i = 0; i < std::max(threads, 1u); ++i) threads_.emplace_back([this] { run(); });
  } catch (const std::system_error&) {
    if (threads_.empty()) throw;  // with fewer it takes longer
  }
}

Recorder::~Recorder() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    work_.clear();
  }
  work_ready_.notify_all();
}

void Recorder::add(Work work) {
  {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
  }
  work_ready_.notify_one();
}

std::vector<Recorder::Result> Recorder::take_results() {
  const std::lock_guard lock(mutex_);
  return std::exchange(results_, {});
}

std::optional<RunFault> Recorder::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

void Recorder::keep_fault(RunResult<void>&& result) {
  if (result) return;
  const std::lock_guard lock(mutex_);
  if (!fault_) fault_ = std::move(result).error();
}

Recorder::Result Recorder::record(Work work, Bytes& spare) {
  Result result;
  result.id = work.id;
  result.record = work.record;
  if (work.body != nullptr) {
    result.bytes = work.body->size();
    auto bytes = work.body->view(spare);
    if (!bytes) {
      keep_fault(tl::unexpected(std::move(bytes).error()));
      return result;
    }
    if (auto valid = validate_image(*bytes, max_pixels_); !valid) {
      result.fault = std::move(valid).error();
      if (!work.unknown_encoding.empty())
        result.fault->detail +=
            fmt::format("; its Content-Encoding, {}, is not known here", json::excerpt(work.unknown_encoding));
      if (work.may_be_cut_short && may_lack_its_end(*result.fault, *bytes)) return result;
      result.record.failure = result.fault->code;
      result.record.detail = result.fault->detail;
    }
    if (spare.capacity() > store::BodyBuffer::max_memory_bytes) spare = Bytes();
  }
  const std::lock_guard lock(writer_mutex_);
  if (work.body != nullptr && !result.fault)
    keep_fault(writer_.add(std::move(work.record), *work.body));
  else
    keep_fault(writer_.add(result.record));
  result.is_recorded = true;
  return result;
}

void Recorder::run() {
  Bytes spare;
  std::unique_lock lock(mutex_);
  for (;;) {
    const bool has_work = work_ready_.wait_for(lock, sync_interval, [&] { return is_ending_ || !work_.empty(); });
    if (work_.empty() && is_ending_) return;
    if (!has_work) {
      lock.unlock();
      {
        const std::lock_guard writing(writer_mutex_);
        keep_fault(writer_.sync_if_due());
      }
      lock.lock();
      continue;
    }
    Work work = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    Result result;
    result.id = work.id;
    try {
      result = record(std::move(work), spare);
    } catch (const std::exception& e) {
      keep_fault(run_fault(fmt::format("cannot record an image: {}", e.what())));
    }
    lock.lock();
    results_.push_back(std::move(result));
    if (results_.size() == 1) wake_();
  }
}

RunResult<void> Recorder::finish() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  work_ready_.notify_all();
  threads_.clear();
  if (fault_) return tl::unexpected(*fault_);
  return writer_.close();
}

}  // namespace visionshard::fetching
