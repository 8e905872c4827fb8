#include "distribute/shard_record.h"

#include <sys/stat.h>

#include "base/file.h"
#include "report/counts.h"
#include "report/json.h"
#include "report/json_reader.h"

namespace visionshard::distribute {

std::string shard_record_text(const JobPlan& plan, std::uint64_t index, const ShardInfo& shard) {
  report::JsonWriter json(report::JsonLayout::one_line);
  json.begin_object().field("plan", plan.id).field("index", index);
  report::write_shard_members(json, shard);
  return json.end_object().take();
}

RunResult<std::optional<ShardInfo>> read_shard_record(const JobPaths& paths, const JobPlan& plan, std::uint64_t index,
                                                      const PlannedShard& planned) {
  const std::string path = paths.shard_record(index);
  auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return std::nullopt;
  bool is_ours = false;
  auto shard = report::read_json(**text, path, [&](const report::JsonReader& reader) {
    is_ours = reader.text("plan") == plan.id && reader.number("index") == index;
    return ShardInfo{reader.text("path"),       reader.number("bytes"),          reader.text("sha256"),
                     reader.number("examples"), reader.number("image_examples"), reader.number("images")};
  });
  struct stat status;
  if (!shard || !is_ours || shard->bytes != planned.bytes || ::stat(paths.shard(index).c_str(), &status) != 0 ||
      static_cast<std::uint64_t>(status.st_size) != planned.bytes)
    return std::nullopt;
  return std::move(*shard);
}

}  // namespace visionshard::distribute
