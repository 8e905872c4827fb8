#include "generate/line_batch.h"

namespace visionshard::generate {

void LineBatch::add_text(std::string_view text) {
  if (!pieces_.empty() && pieces_.back().view == nullptr)
    pieces_.back().size += text.size();
  else
    pieces_.push_back({nullptr, text_.size(), text.size()});
  text_ += text;
  bytes_ += text.size();
}

void LineBatch::add_view(ByteView bytes) {
  pieces_.push_back({bytes.data(), 0, bytes.size()});
  bytes_ += bytes.size();
}

std::vector<iovec> LineBatch::pieces() {
  std::vector<iovec> all;
  all.reserve(pieces_.size());
  for (const Piece& piece : pieces_) {
    const void* const from = piece.view != nullptr ? static_cast<const void*>(piece.view) : text_.data() + piece.offset;
    all.push_back({const_cast<void*>(from), piece.size});
  }
  return all;
}

void LineBatch::clear() noexcept {
  text_.clear();
  pieces_.clear();
  bytes_ = 0;
}

}  // namespace visionshard::generate
