#include "fetch/host_scheduler.h"

#include <gtest/gtest.h>

namespace visionshard::fetching {
namespace {

using std::chrono::seconds;

std::unique_ptr<UrlJob> job(const char* url) {
  auto made = std::make_unique<UrlJob>();
  made->url = url;
  return made;
}

class HostSchedulerTest : public ::testing::Test {
 protected:
  std::vector<std::string> closed;
  HostScheduler hosts{2, Seconds(1), [this](const HostQueue& host) { closed.push_back(host.name()); }};
  Clock::time_point now = Clock::time_point() + seconds(1000);
};

TEST_F(HostSchedulerTest, GivesAHostAtMostSoManyRequestsAtOnce) {
  HostQueue& host = hosts.host("a");
  host.add_entries({10, 5, 0});
  hosts.update(host);
  for (std::uint64_t i = 0; i < 2; ++i) {
    ASSERT_EQ(hosts.ready(now), &host);
    EXPECT_EQ(host.take(now).entry, 5 + i);
    host.begin(now);
    hosts.update(host);
  }
  EXPECT_EQ(hosts.ready(now), nullptr);
  host.end();
  hosts.update(host);
  EXPECT_EQ(hosts.ready(now), &host);
  EXPECT_EQ(host.report.max_requests, 2u);
}

TEST_F(HostSchedulerTest, WaitsForTheTimeOfAnotherTry) {
  HostQueue& host = hosts.host("a");
  host.add(job("x"), now + seconds(5));
  hosts.update(host);
  EXPECT_EQ(hosts.ready(now), nullptr);
  EXPECT_EQ(hosts.next_ready(), now + seconds(5));
  ASSERT_EQ(hosts.ready(now + seconds(5)), &host);
  EXPECT_EQ(host.take(now + seconds(5)).job->url, "x");
}

TEST_F(HostSchedulerTest, TakesNewUrlsWhileOthersWait) {
  HostQueue& host = hosts.host("a");
  host.add(job("later"), now + seconds(5));
  host.add_entries({1, 7, 0});
  hosts.update(host);
  const HostQueue::Next next = host.take(now);
  EXPECT_EQ(next.job, nullptr);
  EXPECT_EQ(next.entry, 7u);
}

TEST_F(HostSchedulerTest, BeginsNoNewUrlWhileManyWait) {
  HostQueue& host = hosts.host("a");
  for (int i = 0; i < 64; ++i) host.add(job("later"), now + seconds(5));
  host.add_entries({1, 7, 0});
  EXPECT_EQ(host.ready_at(), now + seconds(5));
}

TEST_F(HostSchedulerTest, BeginsNoNewUrlWhileManyWaitAtOtherHosts) {
  HostQueue& host = hosts.host("a");
  host.add_entries({1, 7, 0});
  const auto redirected = job("redirected");
  host.send_away(*redirected);
  host.send_away(*redirected);  // and once more: it is one URL
  for (int i = 1; i < 63; ++i) host.send_away(*job("redirected"));
  EXPECT_TRUE(host.ready_at());
  host.send_away(*job("redirected"));
  EXPECT_EQ(host.ready_at(), std::nullopt);
  host.add(job("back"), now + seconds(5));
  EXPECT_EQ(host.ready_at(), now + seconds(5));
  EXPECT_EQ(host.take(now + seconds(5)).job->url, "back");
  host.end_away();
  EXPECT_TRUE(host.ready_at());
}

TEST_F(HostSchedulerTest, KeepsAHostWhoseUrlsAreAtOthers) {
  HostQueue& host = hosts.host("a");
  host.send_away(*job("redirected"));
  hosts.update(host);
  EXPECT_EQ(hosts.busy(), 1u);
  host.end_away();
  hosts.update(host);
  EXPECT_EQ(hosts.busy(), 0u);
}

TEST_F(HostSchedulerTest, HostsWhoseUrlsAreAtOthersTakeNoPlace) {
  auto redirected = job("redirected");
  for (std::size_t i = 0; i < HostScheduler::max_elsewhere + HostScheduler::max_open; ++i) {
    EXPECT_TRUE(hosts.has_place()) << i;
    HostQueue& host = hosts.host("away" + std::to_string(i));
    redirected->source = nullptr;
    host.send_away(*redirected);
    hosts.update(host);
  }
  EXPECT_FALSE(hosts.has_place());
  HostQueue& last = hosts.host("away0");
  last.end_away();
  hosts.update(last);
  EXPECT_TRUE(hosts.has_place());
}

TEST_F(HostSchedulerTest, AsksForRobotsFirst) {
  HostQueue& host = hosts.host("a");
  host.add(job("image"), now);
  auto robots = job("robots");
  robots->robots_origin = "http://a:80";
  host.waits_for_robots = true;
  EXPECT_EQ(host.ready_at(), std::nullopt);
  host.add(std::move(robots), Clock::time_point::min());
  EXPECT_EQ(host.take(now).job->url, "robots");
  host.waits_for_robots = false;
  EXPECT_EQ(host.take(now).job->url, "image");
}

TEST_F(HostSchedulerTest, KeepsAParkedHostOutOfTheWayOfOthers) {
  HostQueue &a = hosts.host("a"), &b = hosts.host("b");
  a.add(job("a"), now);
  b.add(job("b"), now);
  a.pace().park(now + seconds(60));
  hosts.update(a);
  hosts.update(b);
  EXPECT_EQ(hosts.ready(now), &b);
}

TEST_F(HostSchedulerTest, ForgetsOnlyHostsWithoutWork) {
  HostQueue& busy = hosts.host("busy");
  busy.add(job("x"), now);
  hosts.update(busy);
  for (std::size_t i = 0; i < HostScheduler::max_open + 10; ++i) hosts.update(hosts.host("idle" + std::to_string(i)));
  EXPECT_EQ(closed.size(), 11u);
  EXPECT_EQ(closed.front(), "idle0");
  EXPECT_EQ(hosts.busy(), 1u);
  EXPECT_EQ(hosts.ready(now), &busy);
  hosts.close_all();
  EXPECT_EQ(closed.size(), HostScheduler::max_open + 11);
}

}  // namespace
}  // namespace visionshard::fetching
