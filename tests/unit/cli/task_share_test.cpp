#include "cli/arguments/task_share.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

namespace visionshard::cli {
namespace {

class TaskShareTest : public testing::Test {
 protected:
  /// "INDEX/TASKS INDEX/TASKS", or "error: " and what is wrong.
  std::string read(const std::string& task, std::optional<std::uint64_t> tasks = {}) {
    std::istringstream in(input);
    std::vector<TaskShare> shares;
    const std::string error = read_shares(
        task, tasks,
        [this](const char* name) {
          const auto found = variables.find(name);
          return found == variables.end() ? nullptr : found->second.c_str();
        },
        in, shares);
    if (!error.empty()) return "error: " + error;
    std::string text;
    for (const TaskShare& share : shares)
      text += (text.empty() ? "" : " ") + std::to_string(share.index) + "/" + std::to_string(share.tasks);
    return text;
  }

  std::map<std::string, std::string> variables;
  std::string input;
};

TEST_F(TaskShareTest, OfTheOption) {
  EXPECT_EQ(read("3/8"), "3/8");
  EXPECT_EQ(read("3"), "3/0");
  EXPECT_EQ(read("3", 8), "3/8");
  EXPECT_EQ(read("3/8", 8), "3/8");
}

TEST_F(TaskShareTest, WrongTasksAreRefused) {
  for (const char* task : {"8/8", "1/0", "x", "1/", "/2", "-1/2", "1/2/3", " 1/2"})
    EXPECT_TRUE(read(task).starts_with("error: ")) << task;
  EXPECT_TRUE(read("3/8", 9).starts_with("error: "));
  EXPECT_TRUE(read("3/8", 0).starts_with("error: "));
}

TEST_F(TaskShareTest, OfTheSchedulersIndex) {
  variables = {{"SLURM_ARRAY_TASK_ID", "5"}, {"SLURM_ARRAY_TASK_COUNT", "2"}};
  EXPECT_EQ(read("", 8), "5/8") << "Slurm's count is smaller when a few tasks are submitted again";
  EXPECT_EQ(read(""), "5/0");
}

TEST_F(TaskShareTest, SomeSchedulersCountFromOne) {
  variables = {{"SGE_TASK_ID", "1"}};
  EXPECT_EQ(read(""), "0/0");
  variables = {{"SGE_TASK_ID", "undefined"}, {"LSB_JOBINDEX", "0"}};
  EXPECT_TRUE(read("").starts_with("error: no --task")) << "a job, but not an array";
}

TEST_F(TaskShareTest, TwoSchedulersAtOnceAreRefused) {
  variables = {{"SLURM_ARRAY_TASK_ID", "5"}, {"OMPI_COMM_WORLD_RANK", "0"}};
  EXPECT_NE(read("").find("SLURM_ARRAY_TASK_ID, OMPI_COMM_WORLD_RANK"), std::string::npos);
}

TEST_F(TaskShareTest, ItsOwnVariableComesBeforeTheSchedulers) {
  variables = {{"SLURM_ARRAY_TASK_ID", "5"}, {"VISIONSHARD_TASK", "2/4"}};
  EXPECT_EQ(read(""), "2/4");
  variables = {{"SLURM_ARRAY_TASK_ID", "5"}, {"VISIONSHARD_TASK", "2"}, {"VISIONSHARD_TASKS", "3"}};
  EXPECT_EQ(read(""), "2/3");
}

TEST_F(TaskShareTest, LastFieldsOfStandardInput) {
  input = "0/4\n\nkey\t3/4 \n";
  EXPECT_EQ(read("-"), "0/4 3/4");
  input = "0\n1\n";
  EXPECT_EQ(read("-", 2), "0/2 1/2");
  input = "0/4\nx\n";
  EXPECT_TRUE(read("-").starts_with("error: standard input: 'x'"));
}

}  // namespace
}  // namespace visionshard::cli
