#include "fetch/web_url.h"

#include <gtest/gtest.h>

namespace visionshard::fetching {
namespace {

TEST(WebUrl, HasTheHostInOneSpelling) {
  for (const char* text : {"http://Example.ORG/a.png", "http://example.org./a.png",
                           "http://user:secret@example.org/a.png", "http://example.org:8080/a.png"})
    EXPECT_EQ(read_web_url(text)->host, "example.org") << text;
  EXPECT_EQ(read_web_url("http://[2606:4700::1]/a.png")->host, "2606:4700::1");
  EXPECT_EQ(read_web_url("https://b\xC3\xBC"
                         "cher.example/a.png")
                ->host,
            "xn--bcher-kva.example");
}

TEST(WebUrl, KnowsThePort) {
  EXPECT_EQ(read_web_url("http://example.org/")->port, 80);
  EXPECT_EQ(read_web_url("https://example.org/")->port, 443);
  EXPECT_EQ(read_web_url("https://example.org:8443/")->origin(), "https://example.org:8443");
  EXPECT_EQ(read_web_url("http://[2606:4700::1]/")->origin(), "http://[2606:4700::1]:80");
}

TEST(WebUrl, RequestsWhatPeopleWrote) {
  EXPECT_EQ(read_web_url("http://example.org/a b.png?q=1 2#part")->request, "http://example.org/a%20b.png?q=1+2");
  EXPECT_EQ(read_web_url("http://example.org/\xC3\xA4.png")->path, "/%c3%a4.png");
  EXPECT_EQ(read_web_url("http://example.org/%41?x=%2F")->path, "/%41?x=%2F");
}

TEST(WebUrl, RefusesOtherSchemesAndNoHosts) {
  for (const char* text : {"ftp://example.org/a", "file:///etc/passwd", "http://", "http://a b/c", "a.png",
                           "http://[fe80::1%25eth0]/", "http://example.org:99999/", "http://example.org:x/"})
    EXPECT_FALSE(read_web_url(text)) << text;
  EXPECT_FALSE(read_web_url(std::string("http://example.org/a.png\0.html", 30)));
}

TEST(WebUrl, RefusesWhatServersRefuseForItsLength) {
  const std::string begin = "http://example.org/";
  EXPECT_TRUE(read_web_url(begin + std::string(65'536 - begin.size(), 'a')));
  EXPECT_EQ(read_web_url(begin + std::string(65'537 - begin.size(), 'a')).error(),
            "it has 65537 bytes; at most 65536 are requested");
}

TEST(WebUrl, ReadsRedirectsAsBrowsersDo) {
  const WebUrl from = read_web_url("https://example.org/d/a.png?x=1").value();
  EXPECT_EQ(read_redirect(from, "b.png")->request, "https://example.org/d/b.png");
  EXPECT_EQ(read_redirect(from, "/b.png")->request, "https://example.org/b.png");
  EXPECT_EQ(read_redirect(from, "//cdn.example/b.png")->request, "https://cdn.example/b.png");
  EXPECT_EQ(read_redirect(from, "http://127.1/x")->host, "127.0.0.1");
  EXPECT_FALSE(read_redirect(from, "file:///etc/passwd"));
  EXPECT_FALSE(read_redirect(from, "gopher://example.org/"));
}

TEST(WebUrl, HashesHostsAlikeEverywhere) {
  // python3: int.from_bytes(hashlib.sha256(b"example.org").digest()[:8], "little")
  EXPECT_EQ(host_hash("example.org"), 471634629930232767u);
}

}  // namespace
}  // namespace visionshard::fetching
