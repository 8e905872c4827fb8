#include "distribute/part_record.h"

#include "base/file.h"
#include "base/json_reader.h"
#include "base/json_writer.h"

namespace visionshard::distribute {
namespace {

void write_digest(JsonWriter& json, std::string_view key, const FileDigest& digest) {
  json.begin_object(key).field("bytes", digest.bytes).field("xxh128", digest.xxh128).end_object();
}

FileDigest digest_in(const JsonReader& reader, std::string_view key) {
  const JsonReader digest = reader.object(key);
  return {digest.number("bytes"), digest.text("xxh128")};
}

// visit(name, digest) for each file of the index. `Digests` may be const.
template <class Digests, class Visit>
void each_file(Digests& d, Visit visit) {
  visit(output::PartIndex::examples_name, d.examples);
  visit(output::PartIndex::rejects_name, d.rejects);
  visit(output::PartIndex::tallies_name, d.tallies);
  visit(output::PartIndex::digests_name, d.digests);
  visit(output::PartIndex::keys_name, d.keys);
  visit(output::PartIndex::groups_name, d.groups);
  visit(output::PartIndex::pictures_name, d.pictures);
  visit(output::PartIndex::small_name, d.small);
}

template <class Counts, class Visit>
void each_count_of_pictures(Counts& c, Visit visit) {
  visit("hashed_images", c.hashed);
  visit("flat_images", c.flat);
  visit("undecodable_images", c.undecodable);
}

bool has_bytes(const std::string& path, std::uint64_t bytes) {
  if (bytes == 0) return true;
  const auto state = file_state(path);
  return state && state->bytes == bytes;
}

bool is_whole(const JobPaths& paths, const PartRecord& record) {
  bool whole = has_bytes(data_path(paths, record), record.checkpoint.shard.bytes) &&
               has_bytes(file_path(paths, record, output::rejected_name), record.rejected.bytes);
  each_file(record.index, [&](const char* name, const FileDigest& digest) {
    whole = whole && has_bytes(file_path(paths, record, name), digest.bytes);
  });
  return whole;
}

}  // namespace

std::string file_path(const JobPaths& paths, const PartRecord& record, std::string_view name) {
  return fmt::format("{}/{}", paths.part_attempt(record.part, record.attempt), name);
}

std::string data_path(const JobPaths& paths, const PartRecord& record) {
  return file_path(paths, record, output::shard_name(data_prefix, 0));
}

std::vector<std::string> paths_of_files(const JobPaths& paths, const PartRecord& record) {
  std::vector<std::string> all = {data_path(paths, record), file_path(paths, record, output::rejected_name)};
  each_file(record.index, [&](const char* name, const FileDigest&) { all.push_back(file_path(paths, record, name)); });
  return all;
}

RunResult<void> check_file(const JobPaths& paths, const PartRecord& record, std::string_view name,
                           const FileDigest& wanted, const KeepRunning& keep_running) {
  const std::string path = file_path(paths, record, name);
  const auto same = VISIONSHARD_TRY(output::verify_unmodified(path, wanted, record.written, keep_running));
  if (same) return {};
  return run_fault(path + ": was changed since it was made; remove its folder, and run visionshard map again");
}

std::string part_record_text(const JobPlan& plan, const PartRecord& record) {
  JsonWriter json(JsonLayout::one_line);
  json.begin_object()
      .field("plan", plan.id)
      .field("part", record.part)
      .field("attempt", record.attempt)
      .field("host", record.host)
      .field("codec_self_test", record.codec_self_test)
      .field("first_written_ns", record.written.first_ns)
      .field("written_ns", record.written.last_ns);
  each_file(record.index, [&](const char* name, const FileDigest& digest) { write_digest(json, name, digest); });
  each_count_of_pictures(record.index.picture_counts,
                         [&](const char* key, std::uint64_t number) { json.field(key, number); });
  write_digest(json, "rejected", record.rejected);
  return json.end_object().take() + output::checkpoint_line(record.checkpoint);
}

RunResult<std::optional<PartRecord>> read_part_record(const JobPaths& paths, const JobPlan& plan,
                                                      std::uint64_t number) {
  const std::string path = paths.part_record(number);
  auto text = VISIONSHARD_TRY(read_file(path));
  if (!text) return std::nullopt;
  const std::size_t end = text->find('\n');
  if (end == std::string::npos) return std::nullopt;
  bool is_ours = false;
  auto record = read_json(text->substr(0, end), path, [&](const JsonReader& reader) {
    PartRecord read;
    read.part = reader.number("part");
    is_ours = reader.text("plan") == plan.id && read.part == number;
    read.attempt = reader.text("attempt");
    read.host = reader.text("host");
    read.codec_self_test = reader.text("codec_self_test");
    // Older records have only one time, and their other files are read once.
    read.written.last_ns = reader.number("written_ns");
    read.written.first_ns = reader.has("first_written_ns") ? reader.number("first_written_ns") : read.written.last_ns;
    each_file(read.index, [&](const char* name, FileDigest& digest) { digest = digest_in(reader, name); });
    each_count_of_pictures(read.index.picture_counts,
                           [&](const char* key, std::uint64_t& count) { count = reader.number(key); });
    read.rejected = digest_in(reader, "rejected");
    return read;
  });
  if (!record || !is_ours || record->attempt.find('/') != std::string::npos) return std::nullopt;
  auto checkpoint = output::read_checkpoint(text->substr(end + 1));
  if (!checkpoint) return std::nullopt;
  record->checkpoint = std::move(*checkpoint);
  if (!is_whole(paths, *record)) return std::nullopt;
  return std::move(*record);
}

RunResult<PartRecord> held_part_record(const JobPaths& paths, const JobPlan& plan, std::uint64_t number) {
  auto record = VISIONSHARD_TRY(read_part_record(paths, plan, number));
  if (!record)
    return run_fault(fmt::format("part {}: has gone while it was in use; run visionshard map for it", number));
  return std::move(*record);
}

bool same_bytes(const PartRecord& a, const PartRecord& b) {
  return a.index == b.index && a.rejected == b.rejected &&
         output::checkpoint_line(a.checkpoint) == output::checkpoint_line(b.checkpoint);
}

}  // namespace visionshard::distribute
