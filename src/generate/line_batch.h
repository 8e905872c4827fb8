// Lines put together from text of their own and views of images, for one gather write.
#pragma once

#include <sys/uio.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace visionshard::generate {

class LineBatch {
 public:
  /// A copy.
  void add_text(std::string_view text);
  /// A view, which must stay until the batch is written.
  void add_view(ByteView bytes);

  std::uint64_t bytes() const noexcept { return bytes_; }
  /// Valid until the batch changes.
  std::vector<iovec> pieces();
  void clear() noexcept;

 private:
  struct Piece {
    const std::byte* view;  // nullptr: in the text
    std::size_t offset, size;
  };

  std::string text_;
  std::vector<Piece> pieces_;
  std::uint64_t bytes_ = 0;
};

}  // namespace visionshard::generate
