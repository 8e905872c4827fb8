#include "report/manifest_reader.h"

#include <fmt/format.h>
#include <simdjson.h>

namespace visionshard::report {

RunResult<std::vector<ShardInfo>> read_manifest_shards(const std::string& path) {
  const auto unreadable = [&](simdjson::error_code error) {
    return run_fault(fmt::format(
        "{}: is no manifest of this program ({}); where it is somebody else's, name the files, not the folder", path,
        simdjson::error_message(error)));
  };
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (const auto error = parser.load(path).get(document); error) return unreadable(error);
  simdjson::dom::array entries;
  if (const auto error = document["shards"].get(entries); error) return unreadable(error);
  std::vector<ShardInfo> shards;
  for (const simdjson::dom::element entry : entries) {
    ShardInfo& shard = shards.emplace_back();
    std::string_view name, sha256;
    for (const auto error : {entry["path"].get(name), entry["sha256"].get(sha256), entry["bytes"].get(shard.bytes),
                             entry["examples"].get(shard.examples), entry["image_examples"].get(shard.image_examples),
                             entry["images"].get(shard.images)})
      if (error) return unreadable(error);
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos ||
        name.find('\0') != std::string_view::npos)
      return run_fault(fmt::format("{}: names a shard outside its folder", path));
    shard.path = name;
    shard.sha256 = sha256;
  }
  return shards;
}

}  // namespace visionshard::report
