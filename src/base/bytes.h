// Bytes: owned, seen through views, or taken for text.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace visionshard {

using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) noexcept { return std::as_bytes(std::span(text)); }
inline std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline const unsigned char* as_uchar(ByteView bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// Asks for pages of 2 MiB where memory is large enough: touched for the first time in pages of 4 KiB, the buffers of
/// 10 MB images took a tenth of the heavy corpus's time.
void advise_huge_pages(void* data, std::size_t bytes) noexcept;

/// Owned bytes that are not zeroed when they grow: payloads and pixels are megabytes and written once anyway.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::size_t size) { resize(size); }
  Bytes(Bytes&& other) noexcept { swap(other); }
  Bytes& operator=(Bytes&& other) noexcept {
    Bytes(std::move(other)).swap(*this);
    return *this;
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { std::free(data_); }

  /// Takes over memory that came from std::malloc, as C libraries hand it out.
  static Bytes adopt(void* data, std::size_t size) noexcept {
    Bytes bytes;
    bytes.data_ = static_cast<std::byte*>(data);
    bytes.size_ = bytes.capacity_ = size;
    return bytes;
  }

  /// Keeps the first min(old, new) bytes; new ones are indeterminate. Throws std::bad_alloc.
  void resize(std::size_t size) {
    if (size > capacity_) reserve(size);
    size_ = size;
  }
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    void* grown = std::realloc(data_, capacity);
    if (grown == nullptr) throw std::bad_alloc();
    data_ = static_cast<std::byte*>(grown);
    capacity_ = capacity;
    advise_huge_pages(data_, capacity_);
  }
  void append(ByteView bytes) {
    if (bytes.empty()) return;
    const std::size_t old_size = size_;
    if (old_size + bytes.size() > capacity_) reserve((old_size + bytes.size()) * 3 / 2);
    resize(old_size + bytes.size());
    std::memcpy(data_ + old_size, bytes.data(), bytes.size());
  }
  void clear() noexcept { size_ = 0; }

  std::byte* data() noexcept { return data_; }
  const std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }
  operator ByteView() const noexcept { return {data_, size_}; }
  ByteView view() const noexcept { return {data_, size_}; }

 private:
  void swap(Bytes& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace visionshard
