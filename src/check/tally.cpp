#include "check/tally.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <bitset>

#include "base/number_text.h"

namespace visionshard::checking {
namespace {

ImageTokens larger(const ImageTokens& a, const ImageTokens& b) {
  return {std::max(a.tiles, b.tiles), std::max(a.patches_mini, b.patches_mini),
          std::max(a.patches_nano, b.patches_nano)};
}

void count_in(std::map<std::string, std::uint64_t, std::less<>>& map, std::string_view key) {
  auto found = map.find(key);
  if (found == map.end()) found = map.emplace(key, 0).first;
  ++found->second;
}

}  // namespace

CheckTally::CheckTally(const Limits& limits, std::vector<std::string> sources, const OnFinding& on_finding)
    : limits_(limits), on_finding_(on_finding), notes_(sources.size()) {
  for (std::string& path : sources) report_.files.emplace_back().path = std::move(path);
}

FindingGroup& CheckTally::count(FindingCode code, Finding&& finding) {
  const FindingKind kind = kind_of(code, limits_);
  FindingGroup& group = groups_[code.index()];
  finding.code = group.code = kind.code;
  finding.effect = group.effect = kind.effect;
  finding.repairable = group.repairable = kind.repairable;
  group.meaning = kind.meaning;
  ++group.findings;
  report_.accepted &= kind.effect == Effect::warning;
  if (on_finding_) on_finding_(finding);
  if (group.first.size() < first_findings) group.first.push_back(std::move(finding));
  return group;
}

void CheckTally::add(const CheckBatch& batch) {
  CheckedFile& file = report_.files[batch.text.file];
  FileNotes& notes = notes_[batch.text.file];
  // Nothing but a byte order mark can precede the first line.
  notes.first_has_mark |= !notes.begun && batch.text.offset > 0;
  notes.begun = true;
  notes.blank += batch.blank;
  notes.byte_order_marks += batch.byte_order_marks;
  for (const line::LineRecord& record : batch.records) {
    if (record.not_json_lines) notes.instead = batch.text.instead;
    if (record.methods == 0) continue;
    if ((notes.methods & record.methods) == 0 && notes.other_methods++ == 0)
      notes.first_other = file.lines + record.number + 1;
    notes.methods = example::narrowed(notes.methods, record.methods);
  }
  notes.carriage_returns += batch.carriage_returns;
  std::size_t next_image = 0, next_finding = 0;
  for (std::uint32_t i = 0; i < batch.records.size(); ++i) {
    add_images(batch, i, next_image);
    add_findings(batch, i, next_finding);
  }
  file.lines += batch.lines;
  file.examples += batch.records.size();
  file.bytes += batch.text.text_bytes;
  report_.counts.lines += batch.lines;
  report_.counts.blank += batch.blank;
  report_.counts.examples += batch.records.size();
  text_bytes_ += batch.text.text_bytes;
}

void CheckTally::add_images(const CheckBatch& batch, std::uint32_t record, std::size_t& next) {
  CheckedFile& file = report_.files[batch.text.file];
  ImageTokens tokens;
  const std::size_t first = next;
  for (; next < batch.seen.size() && batch.seen[next].record == record; ++next) {
    const SeenImage& seen = batch.seen[next];
    const bool known = seen.format != codec::Format::unknown;
    report_.counts.urls += seen.is_url;
    report_.counts.urls_in_store += seen.is_url && known;
    count_in(report_.formats, known ? codec::display_name(seen.format) : seen.is_url ? "URL" : "unreadable");
    if (!known) continue;
    count_in(report_.modes, seen.mode);
    ++report_.longest_sides[std::bit_ceil(std::max(seen.size.width, seen.size.height))];
    ++report_.image_bytes[std::bit_ceil(seen.bytes)];
    tokens += seen.tokens;
  }
  const std::size_t images = next - first;
  file.images += images;
  report_.counts.images += images;
  file.image_examples += images > 0;
  report_.counts.image_examples += images > 0;
  file.tokens += tokens;
  file.max_tokens = larger(file.max_tokens, tokens);
  report_.tokens += tokens;
}

void CheckTally::add_findings(const CheckBatch& batch, std::uint32_t record, std::size_t& next) {
  CheckedFile& file = report_.files[batch.text.file];
  std::bitset<finding_code_count> codes;
  bool skipped = false, repairable = true;
  for (; next < batch.findings.size() && batch.findings[next].record == record; ++next) {
    const LineFinding& found = batch.findings[next];
    FindingGroup& group =
        count(found.code,
              {{}, {}, {}, file.path, file.lines + batch.records[record].number + 1, found.pointer, found.detail});
    group.lines += !codes.test(found.code.index());
    codes.set(found.code.index());
    if (group.effect != Effect::skipped) continue;
    skipped = true;
    repairable &= group.repairable;
  }
  file.skipped += skipped;
  report_.counts.skipped += skipped;
  report_.counts.skipped_repairable += skipped && repairable;
}

void CheckTally::add_file_finding(const std::string& file, FindingCode code, std::string detail) {
  ++count(code, {{}, {}, {}, file, 0, {}, std::move(detail)}).lines;
}

void CheckTally::finish(const std::vector<std::uint64_t>& file_bytes) {
  for (std::size_t i = 0; i < report_.files.size(); ++i) {
    const CheckedFile& file = report_.files[i];
    const FileNotes& notes = notes_[i];
    const auto found = [&](CheckCode code, std::string detail) {
      add_file_finding(file.path, code, std::move(detail));
    };
    if (file.examples == 0 && limits_.min_examples > 0)
      found(CheckCode::no_examples, "the file has no line that is not blank");
    else if (file.examples < limits_.min_examples)
      found(CheckCode::too_few_examples, fmt::format("examples in the file: {}; the provider wants at least {}",
                                                     file.examples, limits_.min_examples));
    if (file.bytes > limits_.max_shard_bytes)
      found(CheckCode::file_too_large,
            fmt::format("the file has {} bytes, over the limit of {}", file.bytes, limits_.max_shard_bytes));
    if (file.image_examples > limits_.max_image_examples)
      found(CheckCode::too_many_image_examples,
            fmt::format("the file has {} examples with images, over the limit of {}", file.image_examples,
                        limits_.max_image_examples));
    if (notes.blank > 0) found(CheckCode::blank_line, fmt::format("blank lines: {}", notes.blank));
    if (notes.carriage_returns > 0)
      found(CheckCode::carriage_return,
            fmt::format("lines that end with a carriage return: {}", notes.carriage_returns));
    if (notes.first_has_mark || notes.byte_order_marks > 0)
      found(CheckCode::byte_order_mark,
            notes.byte_order_marks == 0 ? "the file begins with EF BB BF"
                                        : fmt::format("{}EF BB BF stands before {} in the middle of the file",
                                                      notes.first_has_mark ? "the file begins with EF BB BF, and " : "",
                                                      counted(notes.byte_order_marks, "line")));
    if (notes.other_methods > 0)
      found(CheckCode::mixed_methods,
            fmt::format("examples of another method than the first line's, which is {}: {}; the first is line {}",
                        example::method_name(notes.methods), notes.other_methods, notes.first_other));
    if (!notes.instead.empty()) found(CheckCode::not_json_lines, std::string(notes.instead));
    if (file_bytes[i] != file.bytes && file.bytes > 0)
      found(CheckCode::compressed, fmt::format("{} bytes of text are stored in {}", file.bytes, file_bytes[i]));
    report_.over_most_skipped |= file.skipped > max_skipped_examples;
  }
}

CheckReport CheckTally::take_report() {
  for (FindingGroup& group : groups_) {
    if (group.findings == 0) continue;
    report_.findings.push_back(std::move(group));
  }
  std::stable_sort(report_.findings.begin(), report_.findings.end(), [](const FindingGroup& a, const FindingGroup& b) {
    return a.effect != b.effect ? a.effect < b.effect : a.findings > b.findings;
  });
  return std::move(report_);
}

}  // namespace visionshard::checking
