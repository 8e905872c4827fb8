#include "input/file_kind.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace visionshard::input {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::size_t at;
  std::string_view bytes;
  std::string_view sentence;
};

// The numbers are from the formats' own documents; tar: POSIX.1-2017, pax, "ustar Interchange Format".
constexpr Magic magics[] = {
    {0, "\xFF\xFE\0\0"sv,
     "the file is UTF-32 text, and JSON Lines are UTF-8: iconv -f UTF-32 -t UTF-8 FILE > lines.jsonl"},
    {0, "\0\0\xFE\xFF"sv,
     "the file is UTF-32 text, and JSON Lines are UTF-8: iconv -f UTF-32 -t UTF-8 FILE > lines.jsonl"},
    {0, "\xFF\xFE"sv, "the file is UTF-16 text, and JSON Lines are UTF-8: iconv -f UTF-16 -t UTF-8 FILE > lines.jsonl"},
    {0, "\xFE\xFF"sv, "the file is UTF-16 text, and JSON Lines are UTF-8: iconv -f UTF-16 -t UTF-8 FILE > lines.jsonl"},
    {0, "PAR1"sv,
     "the file is Parquet, not JSON Lines; write it as lines first, for example with "
     "datasets.Dataset.from_parquet(FILE).to_json(\"lines.jsonl\")"},
    {0, "ARROW1"sv, "the file is Arrow (Feather), not JSON Lines; write it as lines first, for example with pyarrow"},
    {0, "FEA1"sv, "the file is Feather, not JSON Lines; write it as lines first, for example with pyarrow"},
    {0, "\xFF\xFF\xFF\xFF"sv,
     "the file is an Arrow stream, not JSON Lines; write it as lines first, for example with pyarrow"},
    {0, "ORC"sv, "the file is ORC, not JSON Lines; write it as lines first, for example with pyarrow"},
    {0, "Obj\x01"sv, "the file is Avro, not JSON Lines; write it as lines first: avro-tools tojson FILE > lines.jsonl"},
    {0, "\x89HDF\r\n\x1A\n"sv, "the file is HDF5, not JSON Lines; write it as lines first, for example with h5py"},
    {0, "\x93NUMPY"sv, "the file is a NumPy array, not JSON Lines; write it as lines first"},
    {0, "SQLite format 3\0"sv,
     "the file is a SQLite database, not JSON Lines; write it as lines first, with json_object() in a query"},
    {0, "PK\x03\x04"sv, "the file is a zip archive; unpack it and give what is in it: unzip FILE"},
    {0, "PK\x05\x06"sv, "the file is an empty zip archive"},
    {0, "\xFD\x37zXZ\0"sv, "the file is compressed with xz; give xz -dc FILE on standard input, or compress with zstd"},
    {0, "7z\xBC\xAF\x27\x1C"sv, "the file is a 7z archive; unpack it and give what is in it: 7z x FILE"},
    {0, "Rar!\x1A\x07"sv, "the file is a RAR archive; unpack it and give what is in it: unrar x FILE"},
    {0, "\x04\x22\x4D\x18"sv,
     "the file is compressed with lz4; give lz4 -dc FILE on standard input, or compress with zstd"},
    {0, "\x1F\x9D"sv, "the file is compressed with compress; give uncompress -c FILE on standard input"},
    {0, "\x1F\x8B"sv, "the file is compressed with gzip twice; unpack it once: gunzip FILE"},
    {0, "\x28\xB5\x2F\xFD"sv, "the file is compressed twice; unpack it once"},
    {257, "ustar"sv, "the file is a tar archive; unpack it and give what is in it: tar xf FILE"},
    {0, "%PDF-"sv, "the file is a PDF document, not JSON Lines"},
    {0, "\x89PNG\r\n\x1A\n"sv, "the file is a PNG image, not JSON Lines; images are named by lines"},
    {0, "\xFF\xD8\xFF"sv, "the file is a JPEG image, not JSON Lines; images are named by lines"},
    {0, "version https://git-lfs.github.com/spec/"sv,
     "the file is a Git LFS pointer, which only names the data; fetch them: git lfs pull"},
    {0, "\x1E"sv, "the file is a JSON text sequence (RFC 7464), not JSON Lines: tr -d '\\036' < FILE > lines.jsonl"},
};

constexpr std::string_view
    array = "the file is one JSON array, not JSON Lines: jq -c '.[]' FILE > lines.jsonl makes a line of each element",
    pretty = "the file is JSON over several lines (pretty-printed), not JSON Lines: jq -c . FILE > lines.jsonl",
    utf16 =
        "the file is UTF-16 text without a byte order mark, and JSON Lines are UTF-8: iconv -f UTF-16LE -t UTF-8 FILE "
        "> lines.jsonl",
    utf16_big =
        "the file is UTF-16 text without a byte order mark, and JSON Lines are UTF-8: iconv -f UTF-16BE -t UTF-8 "
        "FILE > lines.jsonl",
    utf32 =
        "the file is UTF-32 text without a byte order mark, and JSON Lines are UTF-8: iconv -f UTF-32LE -t UTF-8 FILE "
        "> lines.jsonl",
    utf32_big =
        "the file is UTF-32 text without a byte order mark, and JSON Lines are UTF-8: iconv -f UTF-32BE -t UTF-8 "
        "FILE > lines.jsonl",
    bzip2 = "the file is compressed with bzip2; give bzip2 -dc FILE on standard input, or compress with zstd",
    html = "the file is an HTML page, not JSON Lines; was it saved in place of the data (a page to sign in, an error)?",
    xml = "the file is XML, not JSON Lines; write it as lines first",
    table =
        "the file is a table (CSV or TSV), not JSON Lines; write one object a line with \"messages\" in it, for "
        "example "
        "with Python's csv and json modules";

constexpr std::string_view space = " \t\r\n";

std::string_view from_first_of_text(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
  return text;
}

std::string_view first_line(std::string_view text) noexcept {
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// The first characters of JSON are ASCII (RFC 4627, section 3): zeros between them show how wide each character is.
std::string_view wide_text(std::string_view head) noexcept {
  if (head.size() < 4) return {};
  const auto pattern = [&](std::array<bool, 4> letter) {
    for (std::size_t i = 0; i < std::min<std::size_t>(head.size() / 4 * 4, 32); ++i) {
      const bool is_letter = head[i] > 0 && head[i] < 0x7F;
      if (letter[i % 4] ? !is_letter : head[i] != '\0') return false;
    }
    return true;
  };
  if (pattern({true, false, true, false})) return utf16;
  if (pattern({false, true, false, true})) return utf16_big;
  if (pattern({true, false, false, false})) return utf32;
  if (pattern({false, false, false, true})) return utf32_big;
  return {};
}

// An array whose elements are objects, or that spans several lines. A file in which each line is an array, such as a
// list of messages, is JSON Lines.
std::string_view json_array(std::string_view text) noexcept {
  const std::string_view line = first_line(text);
  const std::string_view whole = line.substr(0, line.find_last_not_of(space) + 1);
  if (whole.ends_with(']') && !from_first_of_text(text.substr(line.size())).empty()) return {};
  const std::string_view element = from_first_of_text(text.substr(1));
  if (element.starts_with('{')) {
    const std::string_view key = from_first_of_text(element.substr(1));
    for (const std::string_view of_message : {"\"role\"", "\"content\"", "\"from\""})
      if (key.starts_with(of_message)) return {};
  }
  return array;
}

// An object whose first line does not end it, and whose next begins with a key or a bracket.
std::string_view pretty_printed(std::string_view text) noexcept {
  const std::string_view line = first_line(text);
  if (line.size() == text.size()) return {};
  if (line.substr(0, line.find_last_not_of(space) + 1) == "{") return pretty;
  const std::string_view next = text.substr(text.find('\n') + 1);
  const std::string_view next_text = from_first_of_text(next);
  const bool is_indented = next.starts_with(' ') || next.starts_with('\t');
  return !line.ends_with('}') && is_indented && !next_text.empty() &&
                 std::string_view("\"{}[]").find(next_text[0]) != std::string_view::npos
             ? pretty
             : std::string_view();
}

// Separators outside quotes.
std::size_t count_fields(std::string_view line, char separator) noexcept {
  std::size_t fields = 1;
  bool in_quotes = false;
  for (const char c : line) {
    in_quotes ^= c == '"';
    fields += c == separator && !in_quotes;
  }
  return fields;
}

// A first line of names: letters, digits and the like, at least two fields.
bool is_table(std::string_view text) noexcept {
  const std::string_view line = first_line(text);
  if (line.size() == text.size()) return false;
  const bool is_names = std::all_of(line.begin(), line.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || std::string_view(",;|\t\"_-. ()/").find(c) != std::string_view::npos;
  });
  return is_names && std::any_of(line.begin(), line.end(), [](char c) { return c >= 'A'; }) &&
         (count_fields(line, ',') > 1 || count_fields(line, '\t') > 1 || count_fields(line, ';') > 1 ||
          count_fields(line, '|') > 1);
}

}  // namespace

std::string_view describe_other_kind(std::string_view head) noexcept {
  for (const Magic& magic : magics)
    if (head.size() >= magic.at && head.substr(magic.at).starts_with(magic.bytes)) return magic.sentence;
  if (head.starts_with("BZh") && head.substr(std::min<std::size_t>(head.size(), 4)).starts_with("1AY&SY")) return bzip2;
  if (const std::string_view wide = wide_text(head); !wide.empty()) return wide;
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const std::string_view text = from_first_of_text(head);
  if (text.starts_with('[')) return json_array(text);
  if (text.starts_with('{')) return pretty_printed(text);
  for (const std::string_view begin : {"<!doctype html", "<html", "<head", "<body"})
    if (ascii::begins_in_any_case(text, begin)) return html;
  if (text.starts_with("<?xml")) return xml;
  return is_table(text) ? table : std::string_view();
}

}  // namespace visionshard::input
