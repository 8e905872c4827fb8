#include "input/byte_stream.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <set>
#include <string>

#include "../../support/seeded_random.h"
#include "../../support/temporary_directory.h"

namespace visionshard::input {
namespace {

std::string gzip_member(const std::string& text) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string zstd_frame(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  const std::size_t size = ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
  ZSTD_freeCCtx(context);
  EXPECT_FALSE(ZSTD_isError(size));
  out.resize(size);
  return out;
}

std::string skippable_frame(const std::string& content) {
  std::string out("\x53\x2A\x4D\x18", 4);
  for (int i = 0; i < 4; ++i) out += static_cast<char>(content.size() >> 8 * i & 0xFF);
  return out + content;
}

std::string frame_with_window(const std::string& text, int log) {
  std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, log);
  ZSTD_inBuffer input{text.data(), text.size(), 0};
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  // In two calls: a frame whose size is known needs no longer window.
  EXPECT_EQ(ZSTD_compressStream2(context, &output, &input, ZSTD_e_flush), 0u);
  EXPECT_EQ(ZSTD_compressStream2(context, &output, &input, ZSTD_e_end), 0u);
  ZSTD_freeCCtx(context);
  out.resize(output.pos);
  return out;
}

struct Text {
  std::string text;
  std::string fault;
  std::uint64_t file_bytes = 0;
};

Text text_by_steps(const std::string& path, std::size_t step) {
  auto stream = open_stream(path);
  if (!stream) return {"", stream.error().message};
  Text all;
  std::string buffer(step, '\0');
  for (;;) {
    const auto got = (*stream)->read(reinterpret_cast<std::byte*>(buffer.data()), step);
    if (!got) return {all.text, got.error().message};
    all.text.append(buffer, 0, *got);
    all.file_bytes = (*stream)->file_bytes();
    if (*got < step) return all;
  }
}

std::string sample_text(unsigned seed, std::size_t bytes) {
  test::SeededRandom random(seed);
  std::string text;
  while (text.size() < bytes) text += "line " + std::to_string(random.below(1'000'000)) + "\n";
  return text;
}

class Streams : public testing::Test {
 protected:
  void expect_text(const std::string& file, const std::string& text) {
    const std::string path = directory_.write("corpus", file);
    for (const std::size_t step : {1u, 7u, 64u, 4096u, 1u << 20}) {
      const Text read = text_by_steps(path, step);
      ASSERT_EQ(read.fault, "");
      ASSERT_EQ(read.text, text) << "steps of " << step;
    }
  }

  // Cut anywhere, the file is a fault, or says what it holds up to there where that is a whole file of its own.
  void expect_cuts_to_be_told(const std::string& file, std::size_t magic_bytes, const std::set<std::size_t>& whole,
                              const std::string& text) {
    for (std::size_t size = magic_bytes; size < file.size(); ++size) {
      const std::string path = directory_.write("corpus", file.substr(0, size));
      for (const std::size_t step : {13u, 1u << 20}) {
        const Text read = text_by_steps(path, step);
        if (whole.contains(size)) {
          EXPECT_EQ(read.fault, "") << size;
          EXPECT_TRUE(text.starts_with(read.text) && !read.text.empty()) << size;
        } else {
          EXPECT_NE(read.fault, "") << "cut to " << size << " of " << file.size() << " bytes";
        }
      }
    }
  }

  test::TemporaryDirectory directory_;
};

TEST_F(Streams, ReadPlainFilesAsTheyAre) {
  expect_text("", "");
  expect_text("a", "a");
  expect_text("\x1f", "\x1f");
  expect_text("\x28\xB5\x2F", "\x28\xB5\x2F");
  expect_text(sample_text(1, 5000), sample_text(1, 5000));
}

TEST_F(Streams, ReadGzipMembersAsOneText) {
  const std::string a = sample_text(1, 9000), b = sample_text(2, 100);
  expect_text(gzip_member(""), "");
  expect_text(gzip_member(a), a);
  expect_text(gzip_member(a) + gzip_member("") + gzip_member(b), a + b);
}

TEST_F(Streams, IgnoreZerosBehindTheLastGzipMemberAsGzipDoes) {
  expect_text(gzip_member("a\n") + std::string(512, '\0'), "a\n");
}

TEST_F(Streams, ReadZstdFramesAsOneText) {
  const std::string a = sample_text(1, 9000), b = sample_text(2, 100);
  expect_text(zstd_frame(""), "");
  expect_text(zstd_frame(a), a);
  expect_text(zstd_frame(a) + skippable_frame("hello") + zstd_frame(b), a + b);
  expect_text(skippable_frame("") + zstd_frame(b), b);
}

TEST_F(Streams, SayHowToReadAZstdFrameWithALongWindow) {
  expect_text(frame_with_window("text\n", 27), "text\n");
  const Text read = text_by_steps(directory_.write("corpus", frame_with_window("text\n", 28)), 10);
  EXPECT_NE(read.fault.find("zstd -dc --long=31"), std::string::npos) << read.fault;
  EXPECT_EQ(read.fault.find("damaged"), std::string::npos);
}

TEST_F(Streams, ReadTextThatIsLargerThanTheirBuffers) {
  const std::string text = sample_text(3, 3'000'000);
  for (const std::string& file : {gzip_member(text), zstd_frame(text), zstd_frame(std::string(3'000'000, 'a'))}) {
    const Text read = text_by_steps(directory_.write("corpus", file), 1 << 16);
    EXPECT_EQ(read.fault, "");
    EXPECT_EQ(read.text.size(), read.text.starts_with("line") ? text.size() : 3'000'000);
    EXPECT_EQ(read.file_bytes, file.size());
  }
}

TEST_F(Streams, TellOfAGzipFileThatIsCutOff) {
  const std::string a = sample_text(1, 300), b = sample_text(2, 40);
  const std::string first = gzip_member(a), file = first + gzip_member(b);
  expect_cuts_to_be_told(file, 2, {first.size()}, a + b);
}

TEST_F(Streams, TellOfAZstdFileThatIsCutOff) {
  const std::string a = sample_text(1, 300), b = sample_text(2, 40);
  const std::string first = zstd_frame(a), file = first + zstd_frame(b);
  expect_cuts_to_be_told(file, 4, {first.size()}, a + b);
}

TEST_F(Streams, NeverTakeADamagedStreamForAnotherText) {
  const std::string text = sample_text(1, 600);
  for (const std::string& file : {gzip_member(text), zstd_frame(text)}) {
    // The first bytes are the signature; the gzip header's time, flags and system are not covered by any check.
    for (std::size_t at = 10; at < file.size(); ++at) {
      std::string damaged = file;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      const Text read = text_by_steps(directory_.write("corpus", damaged), 1 << 20);
      EXPECT_TRUE(!read.fault.empty() || read.text == text) << "byte " << at;
    }
  }
}

TEST_F(Streams, RefuseADirectory) { EXPECT_NE(text_by_steps(directory_.path().native(), 10).fault, ""); }

}  // namespace
}  // namespace visionshard::input
