#include <malloc.h>

#include "cli/command_line.h"
#include "cli/interrupt.h"
#include "cli/terminal/standard_output.h"

int main(int argc, char** argv) {
  using namespace visionshard;
  // malloc maps large pictures, so that their pages return to the system when they are freed and the peak stays
  // bounded. A threshold of 1 MiB also maps ordinary pictures: their page faults took a fifth of a converting run. The
  // default threshold grows by itself.
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  cli::keep_standard_streams();
  cli::silence_libraries();
  cli::install_signal_handlers();
  cli::CommandLine command_line;
  const cli::ParsedCommandLine parsed = command_line.parse(argc, argv);
  cli::print(parsed.standard_output);
  cli::print_raw_message(parsed.standard_error);
  return parsed.command != nullptr ? parsed.command->run() : cli::finished(parsed.exit_status);
}
