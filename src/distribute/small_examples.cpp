#include "distribute/small_examples.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <tuple>
#include <vector>

namespace visionshard::distribute {
namespace {

constexpr std::uint64_t read_step_bytes = 1 << 20;
constexpr std::size_t max_buckets = 256;  // files open at once

// Reads ranges of a file that come in their order.
class ForwardReader {
 public:
  static RunResult<ForwardReader> open(const std::string& path, std::uint64_t bytes) {
    ForwardReader reader;
    reader.path_ = path;
    reader.bytes_ = bytes;
    if (bytes > 0) reader.file_ = VISIONSHARD_TRY(open_file(path, bytes));
    return reader;
  }

  // Appends the bytes at `offset` to `out`.
  RunResult<void> append(std::uint64_t offset, std::uint64_t bytes, Bytes& out) {
    while (bytes > 0) {
      if (offset < begin_ || offset >= begin_ + buffer_.size()) {
        buffer_.resize(std::min(read_step_bytes, bytes_ - offset));
        begin_ = offset;
        auto got = VISIONSHARD_TRY(read_at(file_.get(), buffer_.data(), buffer_.size(), offset, path_));
        if (got != buffer_.size()) return run_fault(path_ + ": became shorter");
      }
      const std::uint64_t here = std::min(bytes, begin_ + buffer_.size() - offset);
      out.append(buffer_.view().subspan(offset - begin_, here));
      offset += here;
      bytes -= here;
    }
    return {};
  }

 private:
  std::string path_;
  FileDescriptor file_;
  std::uint64_t bytes_ = 0, begin_ = 0;
  Bytes buffer_;
};

// Appends to a file, and digests what it holds.
class Writer {
 public:
  explicit Writer(std::string path) : path_(std::move(path)) {}

  RunResult<void> add(ByteView bytes) {
    buffer_.append(bytes);
    return buffer_.size() < 256 << 10 ? RunResult<void>() : flush();
  }
  RunResult<FileDigest> finish(Durability durability) {
    VISIONSHARD_TRY(flush());
    if (file_ && durability == Durability::synced) VISIONSHARD_TRY(sync_file(file_.get(), path_));
    if (const int error = file_.close()) return system_fault(path_, "write", error);
    return FileDigest{bytes_, hexadecimal(digest_.finish())};
  }
  std::uint64_t bytes() const noexcept { return bytes_ + buffer_.size(); }
  const std::string& path() const noexcept { return path_; }

 private:
  RunResult<void> flush() {
    if (buffer_.empty()) return {};
    if (!file_) file_ = VISIONSHARD_TRY(create_file(path_));
    iovec piece{buffer_.data(), buffer_.size()};
    digest_.update(buffer_.view());
    VISIONSHARD_TRY(write_pieces(file_.get(), {&piece, 1}, bytes_, path_));
    bytes_ += buffer_.size();
    buffer_.clear();
    return {};
  }

  std::string path_;
  FileDescriptor file_;
  std::uint64_t bytes_ = 0;
  Xxh128 digest_;
  Bytes buffer_;
};

struct Small {
  OrderKey key;
  std::uint64_t bytes;
};

// Examples that are held at once.
struct Group {
  std::vector<Small> examples;
  Bytes text;

  RunResult<void> write(Writer& out) const {
    std::vector<std::uint64_t> offsets;
    std::vector<std::uint32_t> order;
    std::uint64_t offset = 0;
    for (const Small& example : examples) {
      order.push_back(static_cast<std::uint32_t>(offsets.size()));
      offsets.push_back(offset);
      offset += example.bytes;
    }
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
      return std::tie(examples[a].key, a) < std::tie(examples[b].key, b);
    });
    for (const std::uint32_t i : order) VISIONSHARD_TRY(out.add(text.view().subspan(offsets[i], examples[i].bytes)));
    return {};
  }
};

// Examples whose keys begin alike, on the disk.
struct Bucket {
  explicit Bucket(const std::string& name) : examples(name + ".keys"), text(name + ".text"), path(name) {}
  ~Bucket() {
    std::remove((path + ".keys").c_str());
    std::remove((path + ".text").c_str());
  }

  RunResult<void> write(Writer& out) {
    const FileDigest keys = VISIONSHARD_TRY(examples.finish(Durability::none));
    const FileDigest data = VISIONSHARD_TRY(text.finish(Durability::none));
    Group group;
    auto reader = VISIONSHARD_TRY(RecordReader<Small>::open(path + ".keys", keys.bytes));
    for (;;) {
      const auto next = VISIONSHARD_TRY(reader.next());
      if (next == nullptr) break;
      group.examples.push_back(*next);
    }
    auto bytes = VISIONSHARD_TRY(ForwardReader::open(path + ".text", data.bytes));
    VISIONSHARD_TRY(bytes.append(0, data.bytes, group.text));
    return group.write(out);
  }

  RecordWriter<Small> examples;
  Writer text;
  std::string path;
};

// take(example, offset in the data) for each small one.
template <class Take>
RunResult<void> each_small(const SmallExamplesInput& input, std::uint64_t seed, const KeepRunning& keep_running,
                           Take take) {
  auto examples = VISIONSHARD_TRY(RecordReader<output::ExampleRecord>::open(input.examples_path, input.examples_bytes));
  auto keys = VISIONSHARD_TRY(RecordReader<output::HashKey>::open(input.keys_path, input.keys_bytes));
  std::uint64_t offset = 0;
  for (std::uint64_t number = 0;; ++number) {
    const auto example = VISIONSHARD_TRY(examples.next());
    if (example == nullptr) return {};
    const auto key = VISIONSHARD_TRY(keys.next());
    if (key == nullptr) return run_fault(input.keys_path + ": has fewer keys than the part has examples");
    if (number % 4096 == 0 && keep_running && !keep_running()) return interrupted();
    if (example->bytes < small_example_bytes) {
      auto taken = take(Small{order_key(*key, seed), example->bytes}, offset);
      if (!taken) return taken;
    }
    offset += example->bytes;
  }
}

}  // namespace

OrderKey order_key(const output::HashKey& line, std::uint64_t seed) noexcept {
  Xxh128::Digest digest;
  std::memcpy(digest.data(), line.data(), sizeof digest);
  return {seeded_key(digest, seed, KeyPurpose::order), line};
}

RunResult<FileDigest> write_small_examples(const SmallExamplesInput& input, std::uint64_t seed, const std::string& path,
                                           std::uint64_t memory_bytes, Durability durability,
                                           const KeepRunning& keep_running) {
  std::uint64_t small_bytes = 0;
  auto counted = each_small(input, seed, keep_running, [&](const Small& example, std::uint64_t) -> RunResult<void> {
    small_bytes += example.bytes + sizeof(Small);
    return {};
  });
  VISIONSHARD_TRY(std::move(counted));
  auto data = VISIONSHARD_TRY(ForwardReader::open(input.data_path, input.data_bytes));
  Writer out(path);
  if (small_bytes <= memory_bytes) {
    Group group;
    auto read = each_small(input, seed, keep_running, [&](const Small& example, std::uint64_t offset) {
      group.examples.push_back(example);
      return data.append(offset, example.bytes, group.text);
    });
    VISIONSHARD_TRY(std::move(read));
    VISIONSHARD_TRY(group.write(out));
    return out.finish(durability);
  }
  std::vector<std::unique_ptr<Bucket>> buckets;
  const std::uint64_t wanted =
      std::min<std::uint64_t>(small_bytes / std::max<std::uint64_t>(memory_bytes, 1) + 1, max_buckets);
  for (std::uint64_t i = 0; i < wanted; ++i)
    buckets.push_back(std::make_unique<Bucket>(path + "." + std::to_string(i)));
  Bytes text;
  auto divided =
      each_small(input, seed, keep_running, [&](const Small& example, std::uint64_t offset) -> RunResult<void> {
        // The 32 first bits as a fraction of all.
        Bucket& bucket = *buckets[(example.key.keyed >> 32) * wanted >> 32];
        text.clear();
        VISIONSHARD_TRY(data.append(offset, example.bytes, text));
        VISIONSHARD_TRY(bucket.examples.add(example));
        return bucket.text.add(text.view());
      });
  VISIONSHARD_TRY(std::move(divided));
  for (std::unique_ptr<Bucket>& bucket : buckets) {
    if (keep_running && !keep_running()) return interrupted();
    VISIONSHARD_TRY(bucket->write(out));
    bucket.reset();
  }
  return out.finish(durability);
}

}  // namespace visionshard::distribute
