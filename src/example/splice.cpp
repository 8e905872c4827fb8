#include "example/splice.h"

#include <algorithm>

namespace visionshard::example {
namespace {

void append(std::vector<iovec>& pieces, const void* data, std::size_t size) {
  if (size > 0) pieces.push_back({const_cast<void*>(data), size});
}

}  // namespace

void sort_edits(std::vector<Edit>& edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
}

std::uint64_t spliced_bytes(std::string_view line, const std::vector<Edit>& edits) noexcept {
  std::uint64_t bytes = line.size();
  for (const Edit& edit : edits) bytes = bytes - (edit.end - edit.begin) + edit.text.size();
  return bytes;
}

void append_pieces(std::string_view line, const std::vector<Edit>& edits, std::vector<iovec>& pieces) {
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    append(pieces, line.data() + at, edit.begin - at);
    append(pieces, edit.text.data(), edit.text.size());
    at = edit.end;
  }
  append(pieces, line.data() + at, line.size() - at);
}

}  // namespace visionshard::example
