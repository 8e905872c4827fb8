#include "distribute/shard_record.h"

#include "base/file.h"
#include "output/shard_members.h"

namespace visionshard::distribute {

std::string shard_record_text(const JobPlan& plan, std::uint64_t index, const ShardRecord& record) {
  JsonWriter json(JsonLayout::one_line);
  json.begin_object().field("plan", plan.id).field("index", index).field("written_ns", record.written_ns);
  output::write_shard_members(json, record.info);
  return json.end_object().take();
}

RunResult<std::optional<ShardRecord>> read_shard_record(const JobPaths& paths, const JobPlan& plan, std::uint64_t index,
                                                        const PlannedShard& planned) {
  const std::string path = paths.shard_record(index);
  auto text = VISIONSHARD_TRY(read_file(path));
  if (!text) return std::nullopt;
  bool is_ours = false;
  auto record = read_json(*text, path, [&](const JsonReader& reader) {
    is_ours = reader.text("plan") == plan.id && reader.number("index") == index;
    return ShardRecord{output::read_shard_members(reader), reader.number("written_ns")};
  });
  if (!record || !is_ours || record->info.bytes != planned.bytes) return std::nullopt;
  const auto there = file_state(paths.in_work(shard_name(paths, planned)));
  if (!there || there->bytes != planned.bytes) return std::nullopt;
  return std::move(*record);
}

}  // namespace visionshard::distribute
