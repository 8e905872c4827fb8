#include "report/page_text.h"

#include <gtest/gtest.h>

namespace visionshard::report {
namespace {

TEST(PageText, EscapesMarkup) {
  EXPECT_EQ(page_text(R"(<a href="x" title='y'>&amp;</a>)"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
}

TEST(PageText, KeepsTextOfAnyLanguage) { EXPECT_EQ(page_text("größe 写真 🙂"), "größe 写真 🙂"); }

TEST(PageText, SpellsWhatCannotBeSeen) {
  EXPECT_EQ(page_text("a\x1b[2Jb\tc\x7f"), "a\\u{1B}[2Jb\\u{9}c\\u{7F}");
  EXPECT_EQ(page_text("\xC2\x85"), "\\u{85}");  // C1: next line
  EXPECT_EQ(page_text("\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\x8B"), "\\u{202E}\\u{2066}\\u{200B}");
  EXPECT_EQ(page_text("\xEF\xBB\xBF\xF3\xA0\x81\xA1"), "\\u{FEFF}\\u{E0061}");  // byte order mark, tag
  EXPECT_EQ(page_text(std::string_view("\0", 1)), "\\u{0}");
}

TEST(PageText, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(page_text("a\xFF\xC0\xAF"
                      "b"),
            "a\uFFFD\uFFFD\uFFFD"
            "b");
  EXPECT_EQ(page_text("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
}

TEST(PageText, CutsOffBehindWholeCharacters) {
  EXPECT_EQ(page_text("äöü", 3), "äöü");
  EXPECT_EQ(page_text("äöüß", 3), "äöü…");
  EXPECT_EQ(page_text("<<<<", 2), "&lt;&lt;…");
  EXPECT_EQ(page_text("🙂🙂🙂🙂🙂🙂", 1), "🙂…");
}

}  // namespace
}  // namespace visionshard::report
