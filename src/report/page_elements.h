// The pieces of HTML that report.html is made of. Each is opened when it is made and closed when it goes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/number_text.h"
#include "report/page_text.h"

namespace visionshard::report {

/// The beginning of a page up to the lead of its <header>, which stays open. The page runs nothing, loads nothing and
/// tells nobody where it was read. The texts are not escaped.
void begin_page(std::string& out, std::string_view title, std::string_view heading, std::string_view lead,
                std::string_view more_style = {});

/// HTML that is ours: it is not escaped.
struct Markup {
  std::string html;
};

/// A number that was put into words already.
struct Figure {
  std::string text;
};

/// A part of the page that its navigation leads to.
class Section {
 public:
  Section(std::string& out, std::string_view id, std::string_view title);
  ~Section() { out_ += "</section>\n"; }
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

 private:
  std::string& out_;
};

struct Column {
  std::string_view name;
  bool is_number = false;
};

/// Rows after the 25th are folded away.
class Table {
 public:
  Table(std::string& out, std::string_view caption, std::initializer_list<Column> columns);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// The first cell is the row's header.
  template <class First, class... Cell>
  void row(const First& first, const Cell&... cells) {
    begin_row();
    out_ += "<tr><th scope=\"row\">";
    put(first);
    out_ += "</th>";
    (cell(cells), ...);
    out_ += "</tr>\n";
  }

 private:
  void begin_row();
  void open(std::string_view caption);
  void put(std::string_view text) { out_ += page_text(text); }
  void put(const Markup& markup) { out_ += markup.html; }
  template <class Text>
  void cell(const Text& text) {
    out_ += "<td>";
    put(text);
    out_ += "</td>";
  }
  void cell(std::uint64_t number) { cell(Figure{grouped(number)}); }
  void cell(const Figure& figure) { out_ += "<td class=\"n\">" + figure.text + "</td>"; }

  std::string& out_;
  std::string caption_;
  std::string head_;
  std::size_t rows_ = 0;
};

/// A bar of `share` of the available width, at most 1; `kind` is a class of the style sheet.
std::string bar(double share, std::string_view kind);

}  // namespace visionshard::report
