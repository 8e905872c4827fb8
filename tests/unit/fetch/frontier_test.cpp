#include "fetch/frontier.h"

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"
#include "base/printable_url.h"
#include "fetch/web_url.h"
#include "store/store_writer.h"

namespace visionshard::fetching {
namespace {

class FrontierTest : public ::testing::Test {
 protected:
  FrontierTest() : writer(store::StoreWriter::open(directory.file("store"), "all").value()) {}

  std::unique_ptr<Frontier> frontier() { return std::make_unique<Frontier>(writer.paths(), "all"); }

  static void add(Frontier& frontier, const std::string& url) {
    ASSERT_TRUE(frontier.add(url, store::url_key(url), host_hash(read_web_url(url)->host)));
  }

  void record(const std::string& url, std::optional<FaultCode> failure, bool transient) {
    store::UrlRecord record;
    record.key = store::url_key(url);
    record.url = printable_url(url);
    record.failure = failure;
    record.transient = transient;
    if (failure) {
      ASSERT_TRUE(writer.add(record));
    } else {
      store::BodyBuffer body(writer.paths().bodies());
      ASSERT_TRUE(body.append(as_bytes("body of " + url)));
      ASSERT_TRUE(writer.add(record, body));
    }
    ASSERT_TRUE(writer.sync());
  }

  // The URLs of each host, in the order of hosts.
  static std::vector<std::vector<std::string>> hosts(Frontier& frontier) {
    std::vector<std::vector<std::string>> all;
    for (;;) {
      const auto host = frontier.next_host().value();
      if (!host) return all;
      auto& urls = all.emplace_back();
      for (std::uint64_t i = 0; i < host->urls; ++i)
        urls.push_back(frontier.url(frontier.entry(host->first + i).value()).value());
    }
  }

  test::TemporaryDirectory directory;
  store::StoreWriter writer;
};

TEST_F(FrontierTest, HasEachUrlOnceByHostTheLargestFirst) {
  const auto urls = frontier();
  for (const char* url : {"http://b/1", "http://a/1", "http://a/2", "http://b/1", "http://a/1#part", "http://a:8/3",
                          "https://c/1?x", "https://c/1?y"})
    add(*urls, url);
  ASSERT_TRUE(urls->finish(Again::transient_failures, {}));
  EXPECT_EQ(urls->counts().urls, 6u);
  EXPECT_EQ(urls->counts().to_fetch, 6u);
  EXPECT_EQ(urls->counts().hosts, 3u);
  EXPECT_EQ(urls->largest_hosts(2)->size(), 2u);
  const std::vector<std::vector<std::string>> wanted = {
      {"http://a/1", "http://a/2", "http://a:8/3"}, {"https://c/1?x", "https://c/1?y"}, {"http://b/1"}};
  EXPECT_EQ(hosts(*urls), wanted);
}

TEST_F(FrontierTest, LeavesOutWhatTheStoreHas) {
  record("http://a/fetched", std::nullopt, false);
  record("http://a/gone", FaultCode::url_status, false);
  record("http://a/busy", FaultCode::url_status, true);
  record("http://a/later-fetched", FaultCode::url_status, true);
  record("http://a/later-fetched", std::nullopt, false);
  record("http://a/not-in-the-input", FaultCode::url_status, true);
  const auto urls = frontier();
  for (const char* name : {"fetched", "gone", "busy", "later-fetched", "new"})
    add(*urls, std::string("http://a/") + name);
  ASSERT_TRUE(urls->finish(Again::transient_failures, {}));
  EXPECT_EQ(urls->counts().known, 3u);
  EXPECT_EQ(hosts(*urls), (std::vector<std::vector<std::string>>{{"http://a/busy", "http://a/new"}}));
}

TEST_F(FrontierTest, NamesTheRecordsOfImagesToRefresh) {
  record("http://a/gone", FaultCode::url_status, false);
  record("http://a/fetched", std::nullopt, false);
  const auto urls = frontier();
  for (const char* name : {"gone", "fetched", "new"}) add(*urls, std::string("http://a/") + name);
  ASSERT_TRUE(urls->finish(Again::everything, {}));
  EXPECT_EQ(urls->counts().to_fetch, 3u);
  EXPECT_EQ(urls->entry(0)->prior.task, UINT32_MAX);
  const PriorRecord prior = urls->entry(1)->prior;
  ASSERT_LT(prior.task, urls->prior_tasks().size());
  const auto found = store::read_record_at(writer.paths(), urls->prior_tasks()[prior.task], prior.offset);
  EXPECT_EQ(found->key, store::url_key("http://a/fetched"));
  EXPECT_EQ(urls->entry(2)->prior.task, UINT32_MAX);
}

TEST_F(FrontierTest, LeavesNoFiles) {
  {
    const auto urls = frontier();
    add(*urls, "http://a/1");
    ASSERT_TRUE(urls->finish(Again::transient_failures, {}));
  }
  directory.write("store/fetching-all.urls", "of a run that was killed");
  directory.write("store/fetching-all.found.3", "of a run that was killed");
  directory.write("store/fetching-all-2.urls", "of another task");
  frontier();
  std::vector<std::string> left;
  for (const auto& file : std::filesystem::directory_iterator(directory.path() / "store"))
    if (file.path().filename().native().starts_with("fetching")) left.push_back(file.path().filename());
  EXPECT_EQ(left, std::vector<std::string>{"fetching-all-2.urls"});
}

TEST_F(FrontierTest, IsEmptyWithoutUrls) {
  const auto urls = frontier();
  ASSERT_TRUE(urls->finish(Again::transient_failures, {}));
  EXPECT_EQ(urls->counts().hosts, 0u);
  EXPECT_TRUE(hosts(*urls).empty());
  EXPECT_TRUE(urls->largest_hosts(5)->empty());
}

TEST_F(FrontierTest, EndsWhenItIsToldTo) {
  const auto urls = frontier();
  add(*urls, "http://a/1");
  EXPECT_EQ(urls->finish(Again::transient_failures, [] { return false; }).error().status, RunStatus::interrupted);
}

}  // namespace
}  // namespace visionshard::fetching
