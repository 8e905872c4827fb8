#include "store/store_status.h"

#include <algorithm>

#include "store/merged_log.h"
#include "store/store_directory.h"
#include "store/store_index.h"

namespace visionshard::store {

RunResult<StoreCounts> count_store(const std::string& directory, const std::string& temporary_path,
                                   const KeepRunning& keep_running) {
  const StorePaths paths(directory);
  VISIONSHARD_TRY(check_store(paths));
  StoreCounts counts;
  std::vector<std::uint64_t> urls_of_task;
  const auto count = [&](const MergedRecord& record) -> RunResult<void> {
    urls_of_task.resize(std::max<std::size_t>(urls_of_task.size(), record.task + 1));
    ++urls_of_task[record.task];
    ++counts.urls;
    counts.transient += record.transient;
    counts.bytes += record.bytes;
    const auto failure = VISIONSHARD_TRY(failure_of(record.outcome));
    failure ? ++counts.failures[*failure] : ++counts.fetched;
    return {};
  };
  const auto names = VISIONSHARD_TRY(merge_logs(paths, temporary_path, count, keep_running));
  urls_of_task.resize(names.tasks.size());
  for (std::size_t i = 0; i < names.tasks.size(); ++i) counts.tasks.emplace_back(names.tasks[i], urls_of_task[i]);
  const auto seal = VISIONSHARD_TRY(read_seal(paths));
  counts.sealed = seal.has_value();
  return counts;
}

}  // namespace visionshard::store
