#include "distribute/written_example.h"

#include "distribute/part_record.h"

namespace visionshard::distribute {

RunResult<std::string> written_example(const ClusterJob& job, std::uint64_t place) {
  auto record = VISIONSHARD_TRY(held_part_record(job.paths, job.plan, place >> 32));
  auto examples = VISIONSHARD_TRY(RecordReader<output::ExampleRecord>::open(
      file_path(job.paths, record, output::PartIndex::examples_name), record.index.examples.bytes));
  std::uint64_t offset = 0, bytes = 0;
  for (std::uint64_t number = place & UINT32_MAX;; --number) {
    const auto example = VISIONSHARD_TRY(examples.next());
    if (example == nullptr) return std::string();
    bytes = example->bytes;
    if (number == 0) break;
    offset += bytes;
  }
  const std::string path = data_path(job.paths, record);
  const auto file = VISIONSHARD_TRY(open_file(path, record.checkpoint.shard.bytes));
  std::string line(bytes, '\0');
  auto got = VISIONSHARD_TRY(read_at(file.get(), reinterpret_cast<std::byte*>(line.data()), bytes, offset, path));
  line.resize(got);
  while (line.ends_with('\n')) line.pop_back();
  return line;
}

}  // namespace visionshard::distribute
