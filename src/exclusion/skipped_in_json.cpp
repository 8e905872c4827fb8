#include "exclusion/skipped_in_json.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <string>

namespace visionshard::exclusion {
namespace {

namespace dom = simdjson::dom;

// What the number that is a key's value means: nothing, a line, or how many there are. An array names lines for both.
enum class Naming { nothing, line, count };

// Of the last word of a key: of "skipped_lines", "skippedLines" and "line_numbers" it is "line" or "lines".
Naming naming_of(std::string_view key, bool lines_alone) {
  const auto drop = [&](std::string_view end) {
    if (key.ends_with(end)) key.remove_suffix(end.size());
  };
  for (const char* const end : {"numbers", "Numbers", "number", "Number", "_", "-", " "}) drop(end);
  std::size_t begin = key.size();
  while (begin > 0 && key[begin - 1] >= 'a' && key[begin - 1] <= 'z') --begin;
  if (begin > 0 && key[begin - 1] >= 'A' && key[begin - 1] <= 'Z') --begin;
  std::string word(key.substr(begin));
  if (!word.empty()) word.front() = static_cast<char>(word.front() | 0x20);
  const auto is_one_of = [&](auto words) { return std::ranges::find(words, word) != words.end(); };
  if (word == "line" || word == "lines") return Naming::line;
  if (lines_alone) return Naming::nothing;
  if (is_one_of(std::array{"row", "example", "sample", "index"})) return Naming::line;
  return is_one_of(std::array{"rows", "examples", "samples", "indexes", "indices"}) ? Naming::count : Naming::nothing;
}

std::string text_of(dom::object object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) ? std::string() : std::string(text);
}

class Reader {
 public:
  explicit Reader(std::vector<SkippedLine> (*read_text)(std::string_view)) : read_text_(read_text) {}

  // `near` has the file and the reason of the value.
  void read(dom::element value, const SkippedLine& near, Naming naming) {
    std::uint64_t number = 0;
    std::string_view text;
    dom::array array;
    dom::object object;
    if (!value.get(number)) {
      if (naming == Naming::line && number > 0) found_.push_back({near.file, number, near.reason});
    } else if (!value.get(text)) {
      read_string(text, near, naming != Naming::nothing);
    } else if (!value.get(array)) {
      for (const dom::element each : array) read(each, near, naming == Naming::nothing ? naming : Naming::line);
    } else if (!value.get(object)) {
      read_fields(object, near);
    }
  }

  // The numbers in arrays, whatever their key.
  void read_arrays(dom::element value) {
    dom::array array;
    dom::object object;
    if (!value.get(array)) {
      for (const dom::element each : array) {
        std::uint64_t number = 0;
        if (!each.get(number) && number > 0) found_.push_back({"", number, ""});
        read_arrays(each);
      }
    } else if (!value.get(object)) {
      for (const auto field : object) read_arrays(field.value);
    }
  }

  std::vector<SkippedLine>& found() noexcept { return found_; }

 private:
  // "3-7" of a key that names lines is read like "lines 3-7".
  void read_string(std::string_view text, const SkippedLine& near, bool names_lines) {
    for (SkippedLine& line : read_text_(names_lines ? "lines " + std::string(text) : std::string(text))) {
      if (line.file.empty()) line.file = near.file;
      if (line.reason.empty()) line.reason = near.reason;
      found_.push_back(std::move(line));
    }
  }

  void read_fields(dom::object object, const SkippedLine& around) {
    SkippedLine near = around;
    if (std::string file = text_of(object, "file"); !file.empty()) near.file = std::move(file);
    if (std::string reason = text_of(object, "reason"); !reason.empty()) near.reason = std::move(reason);
    bool has_line = false;
    for (const auto field : object) has_line = has_line || naming_of(field.key, true) == Naming::line;
    for (const auto field : object)
      if (field.key != "file" && field.key != "reason") read(field.value, near, naming_of(field.key, has_line));
  }

  std::vector<SkippedLine> (*read_text_)(std::string_view);
  std::vector<SkippedLine> found_;
};

}  // namespace

std::optional<std::vector<SkippedLine>> skipped_in_json(std::string_view text,
                                                        std::vector<SkippedLine> (*read_text)(std::string_view)) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) return std::nullopt;
  const simdjson::padded_string padded(text);
  dom::parser parser;
  Reader reader(read_text);
  // False where some document is broken.
  const auto each_document = [&](auto&& read) {
    dom::document_stream documents;
    if (parser.parse_many(padded, padded.size()).get(documents)) return false;
    for (auto document : documents) {
      dom::element value;
      if (document.get(value)) return false;
      read(value);
    }
    return documents.truncated_bytes() == 0;
  };
  if (!each_document([&](dom::element value) { reader.read(value, {}, Naming::nothing); })) return std::nullopt;
  if (reader.found().empty()) each_document([&](dom::element value) { reader.read_arrays(value); });
  return std::move(reader.found());
}

}  // namespace visionshard::exclusion
