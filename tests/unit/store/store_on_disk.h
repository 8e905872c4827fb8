// A store in a temporary folder, and bodies for it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "../../support/temporary_directory.h"
#include "base/printable_url.h"
#include "store/seal_store.h"
#include "store/store_reader.h"
#include "store/store_writer.h"

namespace visionshard::store {

class StoreOnDisk : public testing::Test {
 protected:
  StoreWriter open(const std::string& task = "a", StoreWriterOptions options = {}) {
    options.durability = Durability::none;
    auto writer = StoreWriter::open(path_, task, options);
    if (!writer) throw std::runtime_error(writer.error().message);
    return std::move(*writer);
  }

  static std::string url(int number) {
    return "https://h" + std::to_string(number % 3) + ".test/" + std::to_string(number);
  }
  // Different for each number, and of a different length.
  static std::string body(int number) {
    return std::to_string(number) + std::string(static_cast<std::size_t>(number % 7) * 10, 'x');
  }

  static UrlRecord record(int number) {
    UrlRecord made;
    made.key = url_key(url(number));
    made.url = printable_url(url(number));
    made.status = 200;
    made.time_ms = 1000 + static_cast<std::uint64_t>(number);
    return made;
  }
  static UrlRecord failure(int number, FaultCode code, bool transient, std::uint16_t status = 0) {
    UrlRecord made = record(number);
    made.failure = code;
    made.transient = transient;
    made.status = status;
    return made;
  }

  void add(StoreWriter& writer, UrlRecord made, const std::string& bytes) {
    BodyBuffer buffer(writer.paths().bodies());
    ASSERT_TRUE(buffer.append(as_bytes(bytes)));
    ASSERT_TRUE(writer.add(std::move(made), buffer));
  }
  void add(StoreWriter& writer, int number) { add(writer, record(number), body(number)); }

  SealOutcome seal(TransientFailures transient = TransientFailures::keep_open) {
    auto outcome = seal_store(path_, {transient, Durability::none});
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return std::move(*outcome);
  }

  std::unique_ptr<StoreReader> read() {
    auto reader = StoreReader::open(path_);
    if (!reader) throw std::runtime_error(reader.error().message);
    return std::move(*reader);
  }

  // What the sealed store has of a URL: its body, the name of its failure, or "missing".
  static std::string found(const StoreReader& reader, const std::string& of) {
    const auto stored = reader.find(url_key(of));
    if (!stored) return stored.error().message;
    if (!*stored) return "missing";
    if ((*stored)->failure) return std::string(name(*(*stored)->failure));
    Bytes bytes((*stored)->bytes);
    const auto read = reader.read(**stored, bytes.data());
    return read ? std::string(as_text(bytes)) : read.error().message;
  }

  std::string text_of(const std::string& name) const { return test::text_of(path_ + "/" + name); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
  }
  std::uint64_t bytes_of(const std::string& name) const { return std::filesystem::file_size(path_ + "/" + name); }
  bool exists(const std::string& name) const { return std::filesystem::exists(path_ + "/" + name); }

  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("store");
};

}  // namespace visionshard::store
