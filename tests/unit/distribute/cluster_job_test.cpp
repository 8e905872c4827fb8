#include "distribute/cluster_job.h"

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"

namespace visionshard::distribute {
namespace {

using Items = std::vector<std::uint64_t>;

TEST(TaskShares, TakeEachItemThatIsTheirsOnce) {
  EXPECT_EQ(items_of({{1, 3}}, 8).value(), (Items{1, 4, 7}));
  EXPECT_EQ(items_of({{2, 3}, {2, 3}, {0, 2}}, 6).value(), (Items{2, 5, 0, 4}));
  EXPECT_EQ(items_of({{3, 0}}, 8).value(), (Items{3}));
  EXPECT_EQ(items_of({{0, UINT64_MAX}}, 2).value(), (Items{0}));
}

TEST(TaskShares, OfNothingAreEmpty) { EXPECT_EQ(items_of({{5, 0}, {1, 2}}, 0).value(), Items()); }

TEST(TaskShares, AreRefusedWhereTheIndexIsNotBelowTheNumberOfTasks) {
  for (const TaskShare share : {TaskShare{3, 3}, TaskShare{8, 0}}) {
    const auto items = items_of({share}, 8);
    ASSERT_FALSE(items);
    EXPECT_EQ(items.error().status, RunStatus::refused);
  }
}

TEST(ArraySpec, JoinsNeighbors) {
  EXPECT_EQ(array_spec({}), "");
  EXPECT_EQ(array_spec({1, 4, 5, 6, 7}), "1,4-7");
  EXPECT_EQ(array_spec({0, 1, 3}), "0-1,3");
}

TEST(TasksOf, AreThoseThatHaveAnyOfTheItems) {
  EXPECT_EQ(tasks_of({1, 4, 5, 9}, 4), (Items{0, 1}));
  EXPECT_EQ(tasks_of({1, 4, 5, 9}, 0), (Items{1, 4, 5, 9}));
}

TEST(ClusterPlan, CutsPlainFilesIntoPartsAndCompressedOnesNot) {
  ClusterJob job{.plan = {}, .paths = JobPaths("", {})};
  JobPlan& plan = job.plan;
  plan.part_bytes = 100;
  plan.files = {{"a", "/a", 250, 0, true}, {"empty", "/empty", 0, 0, true}, {"b.gz", "/b.gz", 999, 0, false}};
  plan_text(plan);
  ASSERT_EQ(plan.parts(), 4u);
  EXPECT_EQ(plan.part(2).file, 0u);
  EXPECT_EQ(plan.part(2).begin, 200u);
  EXPECT_EQ(plan.part(2).end, 250u);
  EXPECT_EQ(plan.part(3).file, 2u);
  EXPECT_EQ(plan.part(3).end, 999u);
}

TEST(ClusterPlan, IsReadAsItWasWritten) {
  const test::TemporaryDirectory directory;
  JobPlan plan;
  plan.part_bytes = 7;
  plan.max_rejects = "1%";
  plan.files = {{"a", "/a", 250, -5, true}};
  plan.loss = {.above_bytes = 5, .max_quality = 70, .scale = 0.1};
  directory.write("plan.json", plan_text(plan));
  const auto read = read_plan(directory.path().native()).value();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, plan.id);
  EXPECT_EQ(read->files, plan.files);
  EXPECT_EQ(read->max_rejects, "1%");
  EXPECT_EQ(read->loss.scale, 0.1);
  EXPECT_EQ(read->options.limits, plan.options.limits);
}

TEST(ClusterPlan, OfAnotherInputHasAnotherId) {
  JobPlan one, other;
  one.files = {{"a", "/a", 250, 1, true}};
  other.files = {{"a", "/a", 250, 2, true}};
  plan_text(one);
  plan_text(other);
  EXPECT_NE(one.id, other.id);
}

TEST(OpenJob, SaysWhatToRunFirstWhereThereIsNoPlan) {
  const test::TemporaryDirectory directory;
  const auto job = open_job(directory.path().native());
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().status, RunStatus::not_ready);
  EXPECT_NE(job.error().message.find("run visionshard plan first"), std::string::npos);
}

}  // namespace
}  // namespace visionshard::distribute
