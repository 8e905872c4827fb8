#include "output/rejected.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <vector>

#include "../../support/base64_oracle.h"
#include "../../support/json_oracle.h"
#include "../../support/seeded_random.h"
#include "../../support/temporary_directory.h"

namespace visionshard::output {
namespace {

struct Record {
  std::string file, reason, pointer, detail;
  std::uint64_t line = 0, byte = 0;
  bool has_raw = false, has_raw_base64 = false;
  std::string raw;  // or raw_base64, as it stands in the record
};

std::vector<Record> records_of(const std::string& text) {
  std::vector<Record> records;
  simdjson::dom::parser parser;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    EXPECT_NE(newline, std::string::npos) << "the last record has no newline";
    if (newline == std::string::npos) break;
    const std::string line = text.substr(at, newline - at);
    EXPECT_TRUE(test::json_valid(line) && test::utf8_valid(line));
    at = newline + 1;
    const simdjson::dom::element json = parser.parse(line);
    const auto string = [](simdjson::dom::element e) { return std::string(std::string_view(e)); };
    Record r;
    r.file = string(json["source"]["file"]);
    r.line = json["source"]["line"];
    r.byte = json["source"]["byte"];
    r.reason = string(json["reason"]);
    r.pointer = string(json["pointer"]);
    r.detail = string(json["detail"]);
    for (const char* const key : {"raw", "raw_base64"}) {
      std::string_view value;
      if (json[key].get(value) != simdjson::SUCCESS) continue;
      r.raw = value;
      (std::string(key) == "raw" ? r.has_raw : r.has_raw_base64) = true;
    }
    records.push_back(std::move(r));
  }
  return records;
}

class RejectedLines : public testing::Test {
 protected:
  std::string write(const std::vector<RejectedLine>& lines, Rejects rejects = Rejects::full) {
    const std::string path = directory_.file("rejected.jsonl");
    std::filesystem::remove(path);
    RejectedFile file(directory_.file("partial"), path, rejects, Durability::none);
    for (const RejectedLine& line : lines) EXPECT_TRUE(file.add(line));
    EXPECT_FALSE(std::filesystem::exists(path)) << "it has its final name too early";
    EXPECT_TRUE(file.finish());
    return test::text_of(path);
  }

  test::TemporaryDirectory directory_;
};

TEST_F(RejectedLines, AreWrittenAsTheContractSpellsThem) {
  const Fault fault{FaultCode::bad_role, "/messages/0/role", "role is \"bot\""};
  EXPECT_EQ(write({{"in/a.jsonl", 7, 1234, &fault, "{\"a\":\t1}", true}}),
            R"({"source":{"file":"in/a.jsonl","line":7,"byte":1234},"reason":"bad_role","pointer":"/messages/0/role",)"
            R"("detail":"role is \"bot\"","raw":"{\"a\":\t1}"})"
            "\n");
}

TEST_F(RejectedLines, LeaveNoFileWhereThereAreNone) {
  write({});
  EXPECT_TRUE(test::files_beneath(directory_.path()).empty());
}

TEST_F(RejectedLines, CarryNoTextByReferenceOrWhereItWasNotKept) {
  const Fault bad_role{FaultCode::bad_role, "", "d"}, too_long{FaultCode::line_too_long, "", "d"};
  const auto by_reference = records_of(write({{"f", 1, 0, &bad_role, "{}", true}}, Rejects::reference));
  EXPECT_FALSE(by_reference.at(0).has_raw || by_reference.at(0).has_raw_base64);
  const auto long_line = records_of(write({{"f", 1, 0, &too_long, "", false}}));
  EXPECT_FALSE(long_line.at(0).has_raw || long_line.at(0).has_raw_base64);
}

TEST_F(RejectedLines, GiveTheirTextBackWhateverItHolds) {
  test::SeededRandom random(1);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 600; ++i) {
    std::string text;
    for (std::size_t n = random.below(40); n > 0; --n)
      text +=
          random.pick({"\"", "\\", "\t", "\r", "\x01", "\x7f", "/", "a", "\xC3\xA9", "\xF0\x9F\x98\x80", "\\u0000"});
    texts.push_back(text);
  }
  // Around the size of the buffer it is written through, with escapes and characters of several bytes at its edges.
  for (std::size_t size = (192 << 10) - 4; size < (192 << 10) + 5; ++size)
    for (const char* const end : {"", "\"", "\xF0\x9F\x98\x80", "\\\\\\"})
      texts.push_back(std::string(size, 'x') + end + "y");
  const Fault fault{FaultCode::bad_part, "/a~1b", "a\nb"};
  std::vector<RejectedLine> lines;
  for (std::size_t i = 0; i < texts.size(); ++i)
    lines.push_back({"a\"\\\xC3\xA9", i + 1, i * 10, &fault, texts[i], true});
  const auto records = records_of(write(lines));
  ASSERT_EQ(records.size(), texts.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    ASSERT_TRUE(records[i].has_raw);
    ASSERT_EQ(records[i].raw, texts[i]);
    ASSERT_EQ(records[i].file, "a\"\\\xC3\xA9");
    ASSERT_EQ(records[i].line, i + 1);
    ASSERT_EQ(records[i].byte, i * 10);
    ASSERT_EQ(records[i].detail, "a\nb");
  }
}

TEST_F(RejectedLines, GiveTextThatIsNotUtf8BackAsBase64) {
  test::SeededRandom random(2);
  const Fault fault{FaultCode::invalid_utf8, "", "d"};
  for (const std::size_t size : {1u, 2u, 3u, 50u, (192u << 10) - 1, 192u << 10, (192u << 10) + 1, 500'000u}) {
    std::string text;
    while (text.size() < size) text += random.byte();
    const auto records = records_of(write({{"f", 1, 0, &fault, text, true}}));
    ASSERT_TRUE(records.at(0).has_raw_base64 && !records.at(0).has_raw);
    ASSERT_EQ(records.at(0).raw, base64::oracle::encode(text));
  }
}

}  // namespace
}  // namespace visionshard::output
