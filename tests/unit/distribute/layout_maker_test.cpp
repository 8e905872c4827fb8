#include "distribute/layout_maker.h"

#include "job_on_disk.h"

namespace visionshard::distribute {
namespace {

class LayoutMakerTest : public JobOnDisk {
 protected:
  LayoutMaker maker(const std::vector<std::uint64_t>& duplicates) {
    RecordWriter<std::uint64_t> writer(directory_.file("duplicates"));
    for (const std::uint64_t place : duplicates) EXPECT_TRUE(writer.add(place));
    const std::uint64_t bytes = writer.finish(Durability::none)->bytes;
    LayoutMaker::Choice choice{Places(*RecordReader<std::uint64_t>::open(directory_.file("duplicates"), bytes)),
                               Places({}), Places({})};
    return {job_, std::move(choice), directory_.file("ranges"), keep_running_};
  }

  std::vector<std::array<std::uint64_t, 3>> ranges(const Layout& layout) {
    auto reader = RecordReader<RangeRecord>::open(directory_.file("ranges.train"), layout.ranges_bytes[0]).value();
    std::vector<std::array<std::uint64_t, 3>> all;
    while (const RangeRecord* const range = reader.next().value())
      all.push_back({range->source, range->offset, range->bytes});
    return all;
  }

  bool runs_ = true;
  KeepRunning keep_running_ = [this] { return runs_; };
};

TEST_F(LayoutMakerTest, FillsShardsInInputOrderAcrossParts) {
  LayoutMaker maker = this->maker({});
  ASSERT_TRUE(maker.add(make_part(0, {40, 40, 40})));
  ASSERT_TRUE(maker.add(make_part(1, {40, 90})));
  const Layout layout = maker.finish().value();
  ASSERT_EQ(layout.shards.size(), 3u);
  EXPECT_EQ(layout.shards[0].bytes, 80u);
  EXPECT_EQ(layout.shards[1].first_range, 1u);
  EXPECT_EQ(layout.shards[1].bytes, 80u);
  EXPECT_EQ(layout.shards[1].examples, 2u);
  EXPECT_EQ(layout.shards[2].first_range, 3u);
  EXPECT_EQ(layout.shards[2].images, 1u);
  // Of part 0 the source is 0, of part 1 it is 2.
  EXPECT_EQ(ranges(layout),
            (std::vector<std::array<std::uint64_t, 3>>{{0, 0, 80}, {0, 80, 40}, {2, 0, 40}, {2, 40, 90}}));
}

TEST_F(LayoutMakerTest, LeavesDuplicatesOutAndSaysWhereTheyAre) {
  LayoutMaker maker = this->maker({output::place_of(1, 0)});
  ASSERT_TRUE(maker.add(make_part(0, {40, 40, 40})));
  ASSERT_TRUE(maker.add(make_part(1, {40, 50})));
  const Layout layout = maker.finish().value();
  ASSERT_EQ(layout.shards.size(), 2u);
  EXPECT_EQ(layout.shards[1].bytes, 90u);
  ASSERT_EQ(layout.dropped.size(), 1u);
  EXPECT_EQ(layout.dropped[0].examples, 1u);
  EXPECT_EQ(layout.dropped[0].bytes, 40u);
  EXPECT_EQ(ranges(layout), (std::vector<std::array<std::uint64_t, 3>>{{0, 0, 80}, {0, 80, 40}, {2, 40, 50}}));
}

TEST_F(LayoutMakerTest, RefusesAPartWhoseIndexHasOtherBytes) {
  LayoutMaker maker = this->maker({});
  PartRecord record = make_part(0, {40});
  record.checkpoint.shard.bytes = 41;
  const auto added = maker.add(record);
  ASSERT_FALSE(added);
  EXPECT_NE(added.error().message.find("its index has 40 bytes, and the part has 41"), std::string::npos);
}

TEST_F(LayoutMakerTest, EndsAsInterruptedWhereItIsToStop) {
  LayoutMaker maker = this->maker({});
  runs_ = false;
  const auto added = maker.add(make_part(0, {40}));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().status, RunStatus::interrupted);
}

TEST_F(LayoutMakerTest, LayoutIsReadAsItWasWritten) {
  LayoutMaker maker = this->maker({output::place_of(0, 1)});
  ASSERT_TRUE(maker.add(make_part(0, {40, 40, 70})));
  ASSERT_TRUE(maker.add(make_part(1, {})));
  const Layout layout = maker.finish().value();
  write(job_.paths.in_work("layout.json"), layout_text(job_.plan, layout));
  const auto read = read_layout(job_.paths, job_.plan).value();
  ASSERT_TRUE(read);
  EXPECT_EQ(layout_text(job_.plan, *read), layout_text(job_.plan, layout));
  JobPlan other = job_.plan;
  other.id = "another";
  EXPECT_EQ(read_layout(job_.paths, other).value(), std::nullopt);
}

}  // namespace
}  // namespace visionshard::distribute
