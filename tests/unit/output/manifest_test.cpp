#include "output/manifest.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <set>

namespace visionshard::output {
namespace {

RunReport sample_report() {
  RunReport report;
  report.counts.lines = 10;
  report.counts.blank = 1;
  report.counts.written = 7;
  report.counts.rejected = 2;
  report.rejects[static_cast<std::size_t>(FaultCode::bad_role)] = 2;
  report.conversions = {{"jpeg_grey", 3}};
  report.inputs = {{"a \"b\".jsonl", 100, 10}};
  report.shards = {{"train-00000.jsonl", 90, std::string(32, 'a'), "", 7, 5, 6}};
  report.seconds = 1.5;
  report.threads = 2;
  report.memory_bytes = 1 << 20;
  return report;
}

std::set<std::string> keys_of(simdjson::dom::element json) {
  std::set<std::string> keys;
  for (const auto field : simdjson::dom::object(json)) keys.insert(std::string(field.key));
  return keys;
}

TEST(Manifest, HasTheLayoutOfTheContract) {
  simdjson::dom::parser parser;
  const std::string text = manifest_json({}, sample_report());
  const simdjson::dom::element json = parser.parse(text);
  EXPECT_EQ(keys_of(json), (std::set<std::string>{"visionshard", "profile", "limits", "options", "inputs", "shards",
                                                  "counts", "rejects", "conversions"}));
  EXPECT_EQ(std::uint64_t(json["visionshard"]["manifest"]), 2u);
  EXPECT_EQ(keys_of(json["counts"]), (std::set<std::string>{"lines", "blank", "written", "rejected", "duplicates",
                                                            "excluded", "images", "images_kept", "images_relabelled",
                                                            "images_converted", "images_shrunk", "images_dropped"}));
  EXPECT_EQ(keys_of(json["inputs"].at(0)), (std::set<std::string>{"path", "bytes", "lines"}));
  EXPECT_EQ(keys_of(json["shards"].at(0)),
            (std::set<std::string>{"path", "bytes", "xxh128", "examples", "image_examples", "images"}));
  EXPECT_EQ(std::string_view(json["inputs"].at(0)["path"]), "a \"b\".jsonl");
  EXPECT_EQ(std::uint64_t(json["counts"]["written"]), 7u);
  EXPECT_EQ(keys_of(json["rejects"]), std::set<std::string>{"bad_role"});
  EXPECT_EQ(std::uint64_t(json["rejects"]["bad_role"]), 2u);
  EXPECT_EQ(std::uint64_t(json["conversions"]["jpeg_grey"]), 3u);
}

TEST(Manifest, HasSha256BesideXxh128WhereItIsAskedFor) {
  RunReport report = sample_report();
  report.shards[0].sha256 = std::string(64, 'b');
  simdjson::dom::parser parser;
  const std::string text = manifest_json({}, report);
  const simdjson::dom::element shard = simdjson::dom::element(parser.parse(text))["shards"].at(0);
  EXPECT_EQ(keys_of(shard),
            (std::set<std::string>{"path", "bytes", "xxh128", "sha256", "examples", "image_examples", "images"}));
  EXPECT_EQ(std::string_view(shard["sha256"]), std::string(64, 'b'));
}

TEST(Manifest, SaysNothingOfTimesThreadsAndMemory) {
  RunReport slow = sample_report();
  slow.seconds = 1000;
  slow.threads = 64;
  slow.memory_bytes = 1;
  ConvertOptions options;
  options.threads = 64;
  options.memory_bytes = 1;
  EXPECT_EQ(manifest_json(options, slow), manifest_json({}, sample_report()));
}

TEST(Manifest, TellsOptionsThatChangeTheBytesApart) {
  const std::string usual = manifest_json({}, sample_report());
  const auto with = [&](auto change) {
    ConvertOptions options;
    change(options);
    return manifest_json(options, sample_report());
  };
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.profile = "azure"; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.output.digest = DigestOption::sha256; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.limits.max_image_bytes = 5; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.limits.max_images_per_example = 5; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.limits.max_image_examples = 5; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.limits.max_shard_bytes = no_limit; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.image.max_pixels = 5; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.image.min_quality = 5; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.image.verify = Verify::pixels; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.image.orient = Orient::keep; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.line.max_line_bytes = 5; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.line.on_bad_image = OnBad::drop; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.line.on_assistant_image = OnBad::drop; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.line.image_root = "x"; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.line.urls = UrlsOption::inlined; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.line.store_xxh128 = "x"; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.output.prefix = "x"; }));
  EXPECT_NE(usual, with([](ConvertOptions& o) { o.output.rejects = Rejects::reference; }));
}

}  // namespace
}  // namespace visionshard::output
