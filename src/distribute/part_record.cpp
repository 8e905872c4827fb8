#include "distribute/part_record.h"

#include <sys/stat.h>

#include "base/file.h"
#include "report/json.h"
#include "report/json_reader.h"

namespace visionshard::distribute {
namespace {

void write_digest(report::JsonWriter& json, std::string_view key, const shard::FileDigest& digest) {
  json.begin_object(key).field("bytes", digest.bytes).field("sha256", digest.sha256).end_object();
}

shard::FileDigest digest_in(const report::JsonReader& reader, std::string_view key) {
  const report::JsonReader digest = reader.object(key);
  return {digest.number("bytes"), digest.text("sha256")};
}

bool has_bytes(const std::string& path, std::uint64_t bytes) {
  struct stat status;
  return bytes == 0 || (::stat(path.c_str(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) == bytes);
}

bool is_whole(const JobPaths& paths, const PartRecord& record) {
  const std::string folder = paths.part_attempt(record.part, record.attempt) + "/";
  return has_bytes(data_path(paths, record), record.snapshot.shard.bytes) &&
         has_bytes(folder + examples_name, record.examples.bytes) &&
         has_bytes(folder + rejects_name, record.rejects.bytes) &&
         has_bytes(folder + shard::rejected_name, record.rejected.bytes);
}

}  // namespace

std::string data_path(const JobPaths& paths, const PartRecord& record) {
  return fmt::format("{}/{}", paths.part_attempt(record.part, record.attempt), shard::shard_name(data_prefix, 0));
}

std::string part_record_text(const JobPlan& plan, const PartRecord& record) {
  report::JsonWriter json(report::JsonLayout::one_line);
  json.begin_object()
      .field("plan", plan.id)
      .field("part", record.part)
      .field("attempt", record.attempt)
      .field("host", record.host)
      .field("canary", record.canary);
  write_digest(json, "examples", record.examples);
  write_digest(json, "rejects", record.rejects);
  write_digest(json, "rejected", record.rejected);
  return json.end_object().take() + report::snapshot_line(record.snapshot);
}

RunResult<std::optional<PartRecord>> read_part_record(const JobPaths& paths, const JobPlan& plan,
                                                      std::uint64_t number) {
  const std::string path = paths.part_record(number);
  auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return std::nullopt;
  const std::size_t end = (*text)->find('\n');
  if (end == std::string::npos) return std::nullopt;
  bool is_ours = false;
  auto record = report::read_json((*text)->substr(0, end), path, [&](const report::JsonReader& reader) {
    PartRecord read;
    read.part = reader.number("part");
    is_ours = reader.text("plan") == plan.id && read.part == number;
    read.attempt = reader.text("attempt");
    read.host = reader.text("host");
    read.canary = reader.text("canary");
    read.examples = digest_in(reader, "examples");
    read.rejects = digest_in(reader, "rejects");
    read.rejected = digest_in(reader, "rejected");
    return read;
  });
  if (!record || !is_ours || record->attempt.find('/') != std::string::npos) return std::nullopt;
  auto snapshot = report::read_snapshot((*text)->substr(end + 1));
  if (!snapshot) return std::nullopt;
  record->snapshot = std::move(*snapshot);
  if (!is_whole(paths, *record)) return std::nullopt;
  return std::move(*record);
}

bool same_bytes(const PartRecord& a, const PartRecord& b) {
  return a.examples == b.examples && a.rejects == b.rejects && a.rejected == b.rejected &&
         report::snapshot_line(a.snapshot) == report::snapshot_line(b.snapshot);
}

}  // namespace visionshard::distribute
