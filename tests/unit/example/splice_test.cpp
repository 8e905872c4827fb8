#include "example/splice.h"

#include <gtest/gtest.h>

#include <string>

#include "../../support/seeded_random.h"

namespace visionshard::example {
namespace {

Edit edit(std::size_t begin, std::size_t end, std::string_view text) {
  auto owned = std::make_shared<const std::string>(text);
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), as_bytes(*owned), owned};
}

std::string spliced(std::string_view line, std::vector<Edit>& edits) {
  sort_edits(edits);
  std::vector<iovec> pieces;
  append_pieces(line, edits, pieces);
  std::string out;
  for (const iovec& piece : pieces) out.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  EXPECT_EQ(out.size(), spliced_bytes(line, edits));
  return out;
}

TEST(Splice, ReplacesInsertsAndRemoves) {
  std::vector<Edit> edits;
  edits.push_back(edit(0, 0, "<"));
  edits.push_back(edit(2, 4, "XYZ"));
  edits.push_back(edit(5, 6, ""));
  edits.push_back(edit(6, 6, ">"));
  EXPECT_EQ(spliced("abcdef", edits), "<abXYZe>");
}

TEST(Splice, LeavesALineWithoutEditsInOnePieceWhereItIs) {
  const std::string line = "abc";
  std::vector<iovec> pieces;
  append_pieces(line, {}, pieces);
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_EQ(pieces[0].iov_base, line.data());
  EXPECT_EQ(pieces[0].iov_len, line.size());
}

TEST(Splice, KeepsTheOrderOfInsertionsAtOnePlace) {
  std::vector<Edit> edits;
  edits.push_back(edit(1, 1, "x"));
  edits.push_back(edit(1, 1, "y"));
  edits.push_back(edit(1, 2, "B"));
  EXPECT_EQ(spliced("abc", edits), "axyBc");
}

// From the last edit to the first, so that no offset moves.
TEST(Splice, IsWhatReplacingInAStringGives) {
  test::SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string line;
    for (std::size_t n = random.below(30); n > 0; --n) line += static_cast<char>('a' + random.below(26));
    std::vector<Edit> edits;
    std::string expected = line;
    for (std::size_t after = line.size(); edits.size() < 5;) {
      const std::size_t end = random.between(0, after),
                        begin = random.between(end - std::min<std::size_t>(end, 4), end);
      const std::string text(random.below(6), static_cast<char>('A' + random.below(26)));
      expected.replace(begin, end - begin, text);
      edits.push_back(edit(begin, end, text));
      if (begin == 0) break;
      after = begin - 1;
    }
    for (std::size_t k = edits.size(); k > 1; --k) std::swap(edits[k - 1], edits[random.below(k)]);
    ASSERT_EQ(spliced(line, edits), expected);
  }
}

}  // namespace
}  // namespace visionshard::example
