#include "fetch/robots_rules.h"

#include <gtest/gtest.h>

namespace visionshard::fetching {
namespace {

TEST(RobotsRules, AllowEverythingWithoutRules) {
  EXPECT_TRUE(RobotsRules().allows("/a"));
  EXPECT_TRUE(RobotsRules("").allows("/a"));
  EXPECT_TRUE(RobotsRules("User-agent: *\nDisallow:\n").allows("/a"));
  EXPECT_TRUE(RobotsRules("<html>not found</html>").allows("/a"));
  EXPECT_TRUE(RobotsRules("User-agent: other\nDisallow: /\n").allows("/a"));
}

TEST(RobotsRules, FollowTheLongestMatch) {
  // The example of RFC 9309, section 5.2.
  const RobotsRules rules("User-Agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n");
  EXPECT_FALSE(rules.allows("/example/page/disallowed.gif"));
  EXPECT_TRUE(rules.allows("/example/page/other.gif"));
  EXPECT_TRUE(rules.allows("/elsewhere"));
  EXPECT_TRUE(RobotsRules("user-agent:*\ndisallow:/a\nallow:/a").allows("/a"));  // equally long: allow
}

TEST(RobotsRules, OfOurOwnGroupReplaceThoseForAll) {
  const RobotsRules rules(
      "User-agent: *\nDisallow: /\n\nUser-agent: otherbot\nUser-agent: VisionShard/0.1\nDisallow: /private # not "
      "this\r\n");
  EXPECT_TRUE(rules.allows("/a"));
  EXPECT_FALSE(rules.allows("/private/a"));
  EXPECT_TRUE(RobotsRules("User-agent: visionshard\nUser-agent: *\nDisallow: /x\n").allows("/a"));
  EXPECT_TRUE(RobotsRules("User-agent: visionshardbot\nDisallow: /\n").allows("/a"));
}

TEST(RobotsRules, KnowWildcards) {
  const RobotsRules rules("User-agent: *\nDisallow: /*.gif$\nDisallow: /a/*/c\nDisallow: /*?sig=\n");
  EXPECT_FALSE(rules.allows("/x/y.gif"));
  EXPECT_TRUE(rules.allows("/x/y.gif?z"));
  EXPECT_FALSE(rules.allows("/y.gif/z.gif"));
  EXPECT_FALSE(rules.allows("/a/b/b/cd"));
  EXPECT_TRUE(rules.allows("/a/c"));
  EXPECT_FALSE(rules.allows("/img?sig=1"));
}

// The table of RFC 9309, section 2.2.2, both ways, and further spellings of RFC 3986, section 2.
TEST(RobotsRules, CompareEscapedPathsByWhatTheyMean) {
  const auto forbids = [](const std::string& pattern, std::string_view path) {
    return !RobotsRules("User-agent: *\nDisallow: " + pattern + "\n").allows(path);
  };
  const std::string_view same[][2] = {{"/foo/bar/\xE3\x83\x84", "/foo/bar/%E3%83%84"},
                                      {"/foo/bar/%62%61%7A", "/foo/bar/baz"},
                                      {"/b\xC3\xBC"
                                       "cher/",
                                       "/b%c3%bccher/"},
                                      {"/a%7Eb/", "/a~b/"},
                                      {"/a b", "/a%20b"},
                                      {"/%2f", "/%2F"}};
  for (const auto& [a, b] : same) {
    EXPECT_TRUE(forbids(std::string(a), b)) << a;
    EXPECT_TRUE(forbids(std::string(b), a)) << a;
  }
  EXPECT_FALSE(forbids("/a%2Fb", "/a/b"));
  EXPECT_FALSE(forbids("/a/b", "/a%2Fb"));
  EXPECT_TRUE(forbids("/100%/", "/100%25/a"));
}

// RFC 9309, section 2.2.3.
TEST(RobotsRules, NameWildcardsThemselvesByTheirEscapes) {
  const RobotsRules rules("User-agent: *\nDisallow: /file-with-a-%2A.html\nDisallow: /foo-%24\nDisallow: /a$b\n");
  EXPECT_FALSE(rules.allows("/file-with-a-*.html"));
  EXPECT_TRUE(rules.allows("/file-with-a-b.html"));
  EXPECT_FALSE(rules.allows("/foo-$bar"));
  EXPECT_TRUE(rules.allows("/foo-"));
  EXPECT_FALSE(rules.allows("/a$bc"));
}

TEST(RobotsTag, ForbidsByName) {
  for (const char* value : {"noai", "NoIndex", "nofollow, noimageai", "none", "noimageindex ", "visionshard: noindex",
                            "otherbot: nofollow, visionshard: noai", "max-snippet: 5, noai", "*: noai",
                            "otherbot: all, *: noai", "noai; noimageai", "all; noai", "nofollow noai",
                            "noarchive\tnoai", "unavailable_after: Sat, 25 Jun 2033 15:00:00 GMT, noai"})
    EXPECT_TRUE(forbids_use(value)) << value;
  for (const char* value : {"", "all", "nofollow", "noarchive", "otherbot: noindex", "otherbot: noindex, noai",
                            "noindexing", "unavailable_after: 25 Jun 2030 15:00:00 PST", "max-image-preview:none",
                            "unavailable_after: Sat, 25 Jun 2033 15:00:00 GMT", "otherbot: nofollow noai", ";,; ,",
                            "AI2Bot: noai, noimageai", "MJ12bot: noindex; noai"})
    EXPECT_FALSE(forbids_use(value)) << value;
}

TEST(TdmReservation, IsReservedByOne) {
  EXPECT_TRUE(reserves_mining(" 1 "));
  EXPECT_FALSE(reserves_mining("0"));
  EXPECT_FALSE(reserves_mining(""));
}

}  // namespace
}  // namespace visionshard::fetching
