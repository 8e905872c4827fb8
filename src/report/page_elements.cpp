#include "report/page_elements.h"

#include <fmt/format.h>

#include "report/page_style.h"

namespace visionshard::report {
namespace {

constexpr std::size_t max_open_rows = 25;

}  // namespace

void begin_page(std::string& out, std::string_view title, std::string_view heading, std::string_view lead,
                std::string_view more_style) {
  out += fmt::format(
      R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{}</title>
<style>{}{}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<h1>{}</h1>
<p class="lead">{}</p>
)",
      title, page_style, more_style, heading, lead);
}

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
