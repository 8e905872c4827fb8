#include "cli/open_files.h"

#include <sys/resource.h>

namespace visionshard::cli {

void allow_many_open_files() noexcept {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // refused: the limit stays
}

}  // namespace visionshard::cli
