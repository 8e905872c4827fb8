#include "input/block_reader.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <string>
#include <vector>

#include "../../support/seeded_random.h"
#include "../../support/temporary_directory.h"

namespace visionshard::input {
namespace {

struct Line {
  std::string text;
  std::uint64_t offset;
  bool operator==(const Line&) const = default;
};

void PrintTo(const Line& line, std::ostream* stream) {
  *stream << line.offset << ": " << testing::PrintToString(line.text);
}

// What `text` says by the specification: a byte-order mark is skipped, a last line without a newline counts.
std::vector<Line> naive_lines(const std::string& text) {
  std::vector<Line> lines;
  std::size_t begin = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (std::size_t i = begin; i < text.size(); ++i)
    if (text[i] == '\n') {
      lines.push_back({text.substr(begin, i - begin), begin});
      begin = i + 1;
    }
  if (begin < text.size()) lines.push_back({text.substr(begin), begin});
  return lines;
}

struct Reading {
  std::vector<std::vector<Line>> files;
  std::vector<std::uint64_t> text_bytes;
  std::vector<Line> overlong;  // their size in place of their text
  std::size_t max_block = 0;
  std::uint64_t needs = 0;  // answers need_memory
  std::string fault;
};

// All of the sources. `first_allowed` is what a block may take before more is allowed, a step at a time.
Reading read_all(const std::vector<std::string>& paths, std::size_t block_bytes, std::uint64_t max_line_bytes = 1 << 20,
                 std::size_t first_allowed = SIZE_MAX) {
  BlockReader reader(paths, block_bytes, max_line_bytes);
  Reading reading;
  reading.files.resize(paths.size());
  reading.text_bytes.resize(paths.size());
  TextBlock block;
  std::size_t allowed = first_allowed;
  for (;;) {
    const auto next = reader.next(block, allowed);
    if (!next) {
      reading.fault = next.error().message;
      return reading;
    }
    if (*next == Next::end) return reading;
    if (*next == Next::need_memory) {
      ++reading.needs;
      allowed += block_bytes;
      continue;
    }
    allowed = first_allowed;
    reading.text_bytes[block.file] += block.text_bytes;
    reading.max_block = std::max(reading.max_block, block.end);
    if (block.overlong_bytes > 0) {
      reading.overlong.push_back({std::to_string(block.overlong_bytes), block.offset});
      EXPECT_EQ(block.begin, block.end);
      continue;
    }
    const std::string text(as_text({block.block.data(), block.end}));
    EXPECT_EQ(text.back(), '\n');
    for (std::size_t at = block.begin; at < text.size();) {
      const std::size_t newline = text.find('\n', at);
      reading.files[block.file].push_back({text.substr(at, newline - at), block.offset + at - block.begin});
      at = newline + 1;
    }
  }
}

class Blocks : public testing::Test {
 protected:
  void expect_lines_of(const std::string& text, std::size_t block_bytes) {
    const std::string path = directory_.write("text", text);
    const Reading reading = read_all({path}, block_bytes);
    ASSERT_EQ(reading.fault, "");
    ASSERT_EQ(reading.files[0], naive_lines(text))
        << "blocks of " << block_bytes << ", " << testing::PrintToString(text);
    if (!reading.files[0].empty()) {
      ASSERT_EQ(reading.text_bytes[0], text.size()) << block_bytes << testing::PrintToString(text);
    }
  }

  std::string random_text(test::SeededRandom& random, std::size_t lines, std::size_t longest) {
    std::string text = random.one_in(3) ? "\xEF\xBB\xBF" : "";
    for (std::size_t i = 0; i < lines; ++i) {
      text.append(random.below(random.one_in(8) ? longest : 6), static_cast<char>('a' + i % 26));
      text += random.one_in(4) ? "\r\n" : "\n";
    }
    if (random.one_in(2)) text += "last";
    return text;
  }

  test::TemporaryDirectory directory_;
};

TEST_F(Blocks, HoldTheLinesOfEveryShortText) {
  for (std::size_t length = 0; length <= 9; ++length)
    for (unsigned bits = 0; bits < 1u << length; ++bits) {
      std::string text;
      for (std::size_t i = 0; i < length; ++i) text += bits >> i & 1 ? '\n' : 'a';
      for (const std::size_t block_bytes : {1u, 2u, 3u, 7u, 64u})
        if (!HasFatalFailure()) expect_lines_of(text, block_bytes);
    }
}

TEST_F(Blocks, HoldTheLinesOfLongTextsWithCarriageReturnsAndByteOrderMarks) {
  test::SeededRandom random(1);
  for (int i = 0; i < 400; ++i) {
    const std::string text = random_text(random, random.below(40), 400);
    for (const std::size_t block_bytes : {1u, 2u, 3u, 7u, 64u, 4096u}) expect_lines_of(text, block_bytes);
  }
}

TEST_F(Blocks, SkipAByteOrderMarkAtTheStartOfTheFileOnly) {
  for (const std::size_t block_bytes : {1u, 2u, 3u, 64u}) {
    expect_lines_of("\xEF\xBB\xBF", block_bytes);
    expect_lines_of("\xEF\xBB\xBF\n", block_bytes);
    expect_lines_of("\xEF\xBB\xBFx", block_bytes);
    expect_lines_of("x\n\xEF\xBB\xBFy\n", block_bytes);
    expect_lines_of("\xEF\xBBx\n", block_bytes);
  }
}

TEST_F(Blocks, KeepFilesApartAndInOrder) {
  test::SeededRandom random(2);
  for (int i = 0; i < 100; ++i) {
    std::vector<std::string> paths, texts;
    for (int f = 0; f < 4; ++f) {
      texts.push_back(random.one_in(4) ? "" : random_text(random, random.below(10), 100));
      paths.push_back(directory_.write("text" + std::to_string(f), texts.back()));
    }
    for (const std::size_t block_bytes : {1u, 7u, 64u}) {
      const Reading reading = read_all(paths, block_bytes);
      for (std::size_t f = 0; f < 4; ++f) ASSERT_EQ(reading.files[f], naive_lines(texts[f]));
    }
  }
}

TEST_F(Blocks, WaitForMemoryWithoutLosingText) {
  test::SeededRandom random(3);
  std::uint64_t needs = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string text = random_text(random, 20, 2000);
    const std::string path = directory_.write("text", text);
    for (const std::size_t block_bytes : {16u, 64u}) {
      const Reading reading = read_all({path}, block_bytes, 1 << 20, block_bytes);
      ASSERT_EQ(reading.files[0], naive_lines(text));
      needs += reading.needs;
    }
  }
  EXPECT_GT(needs, 1000u);
}

// What of a block takes memory: it holds more addresses than pages.
std::size_t resident_bytes(const Block& block) {
  std::vector<unsigned char> pages((block.capacity() + 4095) / 4096);
  EXPECT_EQ(::mincore(const_cast<std::byte*>(block.data()), block.capacity(), pages.data()), 0);
  return 4096 * static_cast<std::size_t>(std::count_if(pages.begin(), pages.end(), [](auto p) { return p & 1; }));
}

TEST_F(Blocks, DoNotGrowBeyondWhatIsAllowed) {
  const std::string path = directory_.write("text", std::string(10'000, 'a') + "\nb\n");
  BlockReader reader({path}, 64, 1 << 20);
  TextBlock block;
  for (std::size_t allowed = 64; allowed < 10'000; allowed += 64) {
    const auto next = reader.next(block, allowed);
    ASSERT_TRUE(next && *next == Next::need_memory) << allowed;
    ASSERT_LE(resident_bytes(block.block), allowed + block_padding + 4096);
  }
}

// A line over the limit is either returned whole, for the caller to refuse, or only its length is returned.
void expect_over_limit(const std::string& path, const std::string& text, std::size_t block_bytes, std::uint64_t limit) {
  const std::string which = "blocks of " + std::to_string(block_bytes) + ", " + testing::PrintToString(text);
  const Reading reading = read_all({path}, block_bytes, limit);
  std::vector<Line> kept, over = reading.overlong, expected, expected_over;
  const auto sort_out = [&](const Line& line, std::vector<Line>& within, std::vector<Line>& beyond) {
    const std::size_t size = line.text.size() - (line.text.ends_with('\r') ? 1 : 0);
    size > limit ? beyond.push_back({std::to_string(size), line.offset}) : within.push_back(line);
  };
  for (const Line& line : reading.files[0]) sort_out(line, kept, over);
  for (const Line& line : naive_lines(text)) sort_out(line, expected, expected_over);
  std::sort(over.begin(), over.end(), [](const Line& a, const Line& b) { return a.offset < b.offset; });
  ASSERT_EQ(kept, expected) << which;
  ASSERT_EQ(over, expected_over) << which;
  ASSERT_EQ(reading.text_bytes[0], text.size()) << which;
  ASSERT_LE(reading.max_block, limit + 2 * block_bytes + 4) << which;
}

TEST_F(Blocks, HoldNoLineFarOverTheLimit) {
  for (const std::size_t length : {9u, 10u, 11u, 12u, 13u, 20u, 63u, 64u, 65u, 1000u})
    for (const char* const around : {"", "x\n", "x\ny\n"})
      for (const char* const end : {"", "\n", "\nz", "\nz\nzz\n"}) {
        const std::string text = around + std::string(length, 'a') + end;
        const std::string path = directory_.write("text", text);
        for (const std::size_t block_bytes : {1u, 2u, 3u, 7u, 64u})
          if (!HasFatalFailure()) expect_over_limit(path, text, block_bytes, 10);
      }
}

TEST_F(Blocks, MeasureALineOverTheLimitWithoutItsCarriageReturn) {
  for (std::size_t length = 8; length < 30; ++length) {
    const std::string text = std::string(length, 'a') + "\r\nz\n";
    const std::string path = directory_.write("text", text);
    for (const std::size_t block_bytes : {1u, 2u, 3u, 7u, 64u})
      if (!HasFatalFailure()) expect_over_limit(path, text, block_bytes, 10);
  }
}

TEST_F(Blocks, MeasureALineOverTheLimitWithoutTheByteOrderMark) {
  for (std::size_t length = 8; length < 30; ++length) {
    const std::string text = "\xEF\xBB\xBF" + std::string(length, 'a') + "\nz\n";
    const std::string path = directory_.write("text", text);
    for (const std::size_t block_bytes : {1u, 2u, 3u, 7u, 64u})
      if (!HasFatalFailure()) expect_over_limit(path, text, block_bytes, 10);
  }
}

TEST_F(Blocks, AgreeOnLinesOverTheLimitInRandomTexts) {
  test::SeededRandom random(4);
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (int l = 0; l < 12; ++l) text += std::string(random.below(40), 'a') + "\n";
    const std::string path = directory_.write("text", text);
    const std::uint64_t limit = 10 + random.below(15);
    for (const std::size_t block_bytes : {1u, 2u, 3u, 7u, 64u})
      if (!HasFatalFailure()) expect_over_limit(path, text, block_bytes, limit);
  }
}

TEST_F(Blocks, NameTheFileThatCannotBeOpened) {
  const std::string path = directory_.write("text", "a\n");
  const Reading reading = read_all({path, directory_.file("missing")}, 64);
  EXPECT_EQ(reading.files[0].size(), 1u);
  EXPECT_NE(reading.fault.find("missing"), std::string::npos);
}

// Each line once, by the range that holds its first byte: all texts of up to eight bytes in all ways to cut them, and
// longer ones with long lines, carriage returns and a byte order mark.
class Ranges : public testing::Test {
 protected:
  void expect_each_line_once(const std::string& text, std::size_t range_bytes, std::size_t block_bytes,
                             std::uint64_t max_line_bytes = 1 << 20) {
    const std::string path = directory_.write("a.jsonl", text);
    std::vector<Line> lines;
    std::uint64_t text_bytes = 0;
    for (std::size_t begin = 0; begin < text.size(); begin += range_bytes) {
      BlockReader reader({path}, block_bytes, max_line_bytes);
      ASSERT_TRUE(reader.start_in(begin, std::min(begin + range_bytes, text.size())));
      TextBlock block;
      for (;;) {
        const auto next = reader.next(block, SIZE_MAX);
        ASSERT_TRUE(next);
        if (*next == Next::end) break;
        text_bytes += block.text_bytes;
        std::uint64_t offset = block.offset;
        if (block.overlong_bytes > 0) lines.push_back({std::to_string(block.overlong_bytes), offset});
        for (std::size_t at = block.begin; at < block.end;) {
          const std::string_view rest = as_text({block.block.data() + at, block.end - at});
          const std::size_t newline = rest.find('\n');
          lines.push_back(kept({std::string(rest.substr(0, newline)), offset}, max_line_bytes));
          at += newline + 1;
          offset += newline + 1;
        }
      }
    }
    std::vector<Line> expected;
    for (const Line& line : naive_lines(text)) expected.push_back(kept(line, max_line_bytes));
    ASSERT_TRUE(lines == expected) << text.size() << " bytes in ranges of " << range_bytes << ", blocks of "
                                   << block_bytes;
    ASSERT_EQ(text_bytes, text.size());
  }

  // A line over the limit may come in whole or not, as the blocks fall: its length stands for it.
  static Line kept(Line line, std::uint64_t max_line_bytes) {
    const std::size_t bytes = line.text.size() - (line.text.ends_with('\r') ? 1 : 0);
    if (bytes > max_line_bytes) line.text = std::to_string(bytes);
    return line;
  }

  test::TemporaryDirectory directory_;
};

TEST_F(Ranges, GiveEachLineOfAnyShortTextOnce) {
  for (std::size_t length = 1; length <= 8; ++length)
    for (unsigned bits = 0; bits < 1u << length; ++bits) {
      std::string text;
      for (std::size_t i = 0; i < length; ++i) text += bits >> i & 1 ? '\n' : 'a';
      for (std::size_t range = 1; range <= length; ++range) expect_each_line_once(text, range, 4);
      if (HasFatalFailure()) return;
    }
}

TEST_F(Ranges, GiveEachLineOfLongerTextsOnce) {
  test::SeededRandom random(5);
  for (int round = 0; round < 60; ++round) {
    std::string text = random.one_in(3) ? "\xEF\xBB\xBF" : "";
    for (std::size_t n = random.below(60); n > 0; --n) {
      text += std::string(random.one_in(8) ? random.below(20'000) : random.below(60), 'x');
      text += random.pick({"\n", "\r\n", "\n\n"});
    }
    if (random.one_in(2)) text += "last";
    for (const std::size_t range : {std::size_t{7}, std::size_t{100}, std::size_t{5'000}, text.size() + 1})
      for (const std::size_t block : {std::size_t{16}, std::size_t{1'000}, std::size_t{1} << 20})
        for (const std::uint64_t max_line_bytes : {std::uint64_t{1} << 20, std::uint64_t{900}}) {
          if (range == 7 && text.size() > 20'000) continue;
          expect_each_line_once(text, range, block, max_line_bytes);
          if (HasFatalFailure()) return;
        }
  }
}

}  // namespace
}  // namespace visionshard::input
