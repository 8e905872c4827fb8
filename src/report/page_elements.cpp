#include "report/page_elements.h"

#include <fmt/format.h>

namespace visionshard::report {
namespace {

constexpr std::size_t max_open_rows = 25;

}  // namespace

Section::Section(std::string& out, std::string_view id, std::string_view title) : out_(out) {
  out_ += fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n", id, title);
}

Table::Table(std::string& out, std::string_view caption, std::initializer_list<Column> columns)
    : out_(out), caption_(caption) {
  for (const Column& column : columns)
    head_ += fmt::format("<th scope=\"col\"{}>{}</th>", column.is_number ? " class=\"n\"" : "", column.name);
  open(caption_);
}

Table::~Table() {
  out_ += "</tbody></table></div>\n";
  if (rows_ > max_open_rows) out_ += "</details>\n";
}

void Table::open(std::string_view caption) {
  out_ += fmt::format(
      "<div class=\"scroll\" role=\"region\" aria-label=\"{0}\" tabindex=\"0\"><table>\n<caption>{0}</caption>\n"
      "<thead><tr>{1}</tr></thead>\n<tbody>\n",
      caption, head_);
}

void Table::begin_row() {
  if (rows_++ != max_open_rows) return;
  out_ += "</tbody></table></div>\n<details><summary>Show the rest</summary>\n";
  open(caption_ + ", continued");
}

std::string bar(double share, std::string_view kind) {
  return fmt::format("<i class=\"bar {}\" style=\"width:{:.2f}%\"></i>", kind, 100 * share);
}

}  // namespace visionshard::report
