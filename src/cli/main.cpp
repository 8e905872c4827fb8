#include "cli/command_line.h"
#include "cli/freed_memory.h"
#include "cli/interrupt.h"
#include "cli/terminal/standard_output.h"

int main(int argc, char** argv) {
  using namespace visionshard;
  cli::limit_freed_memory();
  cli::keep_standard_streams();
  cli::silence_libraries();
  cli::install_signal_handlers();
  cli::CommandLine command_line;
  const cli::ParsedCommandLine parsed = command_line.parse(argc, argv);
  cli::print(parsed.standard_output);
  cli::print_raw_message(parsed.standard_error);
  return parsed.command != nullptr ? parsed.command->run() : cli::finished(parsed.exit_status);
}
