#include "base/cgroup.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

namespace visionshard {
namespace {

namespace fs = std::filesystem;

class CgroupTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::path(testing::TempDir()) / (std::string("cgroup-") + test->name());
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  CgroupLimits limits() const { return cgroup_limits((root_ / "groups").native(), root_.native()); }

 private:
  fs::path root_;
};

TEST_F(CgroupTest, WithoutGroupsNothingIsLimited) {
  EXPECT_TRUE(std::isinf(limits().processors));
  EXPECT_EQ(limits().memory_bytes, UINT64_MAX);
}

TEST_F(CgroupTest, TheTightestOfTheGroupAndThoseAboveCounts) {
  write("groups", "0::/pods/one\n");
  write("pods/one/cpu.max", "max 100000\n");
  write("pods/cpu.max", "250000 100000\n");
  write("pods/one/memory.max", "1073741824\n");
  write("pods/memory.max", "max\n");
  EXPECT_DOUBLE_EQ(limits().processors, 2.5);
  EXPECT_EQ(limits().memory_bytes, 1073741824u);
}

TEST_F(CgroupTest, AContainerThatSeesItsOwnGroupOnTop) {
  write("groups", "0::/only/the/host/knows\n");
  write("cpu.max", "50000 100000\n");
  EXPECT_DOUBLE_EQ(limits().processors, 0.5);
}

TEST_F(CgroupTest, VersionOneSaysMinusOneForNoLimit) {
  write("groups", "4:cpu,cpuacct:/job\n3:memory:/job\n");
  write("cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
  write("cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  write("memory/job/memory.limit_in_bytes", "2000000000\n");
  EXPECT_TRUE(std::isinf(limits().processors));
  EXPECT_EQ(limits().memory_bytes, 2000000000u);
}

TEST_F(CgroupTest, BothVersionsAtOnce) {
  write("groups", "2:cpuset:/job\n1:cpu:/job\n0::/\n");
  write("cpu/cpu.cfs_quota_us", "300000\n");
  write("cpu/cpu.cfs_period_us", "100000\n");
  write("cpuset/cpu.cfs_quota_us", "100000\n");
  write("cpuset/cpu.cfs_period_us", "100000\n");
  write("memory.max", "3000000000\n");
  EXPECT_DOUBLE_EQ(limits().processors, 3);
  EXPECT_EQ(limits().memory_bytes, 3000000000u);
}

}  // namespace
}  // namespace visionshard
