// The exit statuses of all commands; `visionshard help status` explains them.
#pragma once

namespace visionshard::cli {

enum ExitStatus {
  exit_done = 0,
  exit_too_many_rejects = 1,
  exit_not_accepted = 1,
  exit_usage = 2,
  exit_failed = 3,
  exit_not_ready = 4,
  exit_interrupted = 130,  // 128 + SIGINT
  exit_terminated = 143,   // 128 + SIGTERM
};

}  // namespace visionshard::cli
