#include "report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace visionshard::report {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
  }
  return out;
}

class Table {
 public:
  Table(std::string& out, std::string_view title, std::initializer_list<std::string_view> columns) : out_(out) {
    out_ += fmt::format("<h2>{}</h2>\n<table>\n<tr>", title);
    for (const std::string_view column : columns) out_ += fmt::format("<th>{}</th>", column);
    out_ += "</tr>\n";
  }
  ~Table() { out_ += "</table>\n"; }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  template <class... Cell>
  void row(const Cell&... cells) {
    out_ += "<tr>";
    (cell(cells), ...);
    out_ += "</tr>\n";
  }

 private:
  void cell(std::string_view text) { out_ += fmt::format("<td>{}</td>", escaped(text)); }
  void cell(std::uint64_t number) { out_ += fmt::format("<td class=n>{}</td>", number); }

  std::string& out_;
};

constexpr std::string_view head = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>visionshard report</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #8885; vertical-align: top; }
td { overflow-wrap: anywhere; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
</style>
</head>
<body>
<h1>visionshard report</h1>
)";

}  // namespace

std::string report_html(const ConvertOptions& options, const RunReport& report) {
  const Counts& c = report.counts;
  std::string out(head);
  {
    Table table(out, "Summary", {"what", "number"});
    table.row("lines read", c.lines);
    table.row("blank", c.blank);
    table.row("examples written", c.written);
    table.row("rejected", c.rejected);
    table.row("images", c.images);
    table.row("kept as they were", c.images_kept);
    table.row("relabelled (same image, corrected text)", c.images_relabelled);
    table.row("converted", c.images_converted);
    table.row("shrunk under the byte limit", c.images_shrunk);
    table.row("dropped", c.images_dropped);
    table.row("bytes in", report.input_bytes);
    table.row("bytes out", report.output_bytes);
  }
  for (const std::string& warning : report.warnings) out += fmt::format("<p>Warning: {}</p>\n", escaped(warning));
  if (c.rejected > 0) {
    Table table(out, "Rejected", {"reason", "lines", "first at", "why"});
    for (const auto& [code, first] : report.first_rejects)
      table.row(name(code), report.rejects[static_cast<std::size_t>(code)], fmt::format("{}:{}", first.file, first.line),
                first.detail);
  }
  if (!report.conversions.empty()) {
    Table table(out, "Changed", {"kind", "images"});
    for (const auto& [kind, count] : report.conversions) table.row(kind, count);
  }
  {
    Table table(out, "Shards", {"file", "bytes", "examples", "with images", "images", "SHA-256"});
    for (const ShardInfo& s : report.shards) table.row(s.path, s.bytes, s.examples, s.image_examples, s.images, s.sha256);
  }
  {
    Table table(out, "Inputs", {"file", "bytes", "lines"});
    for (const InputFile& input : report.inputs) table.row(input.path, input.bytes, input.lines);
  }
  out += fmt::format("<p>Profile {}. {:.2f} s on {} threads, {:.0f} MB/s.</p>\n</body>\n</html>\n",
                     escaped(options.profile), report.seconds, report.threads,
                     static_cast<double>(report.input_bytes) / 1e6 / std::max(report.seconds, 1e-9));
  return out;
}

}  // namespace visionshard::report
