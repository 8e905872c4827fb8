#include "generate/line_batch.h"

#include <algorithm>

#include "base64/base64.h"

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

void LineBatch::add_image(const BankImage& image, std::uint64_t serial_number) {
  const ByteView url = image.url;
  if (image.numbered_piece.empty()) {
    add_view(url);
    return;
  }
  Bytes piece;
  piece.append(image.numbered_piece);
  write_serial_number(image.place, serial_number, {piece.data(), piece.size()});
  std::string text(base64::encoded_length(piece.size()), '\0');
  base64::encode(piece, text.data());
  const std::size_t from = image.base64_from + image.place.begin / 3 * 4;
  add_view(url.first(from));
  add_text(text);
  add_view(url.subspan(from + text.size()));
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
