#include <malloc.h>

#include "cli/freed_memory.h"
#include "cli/interrupt.h"
#include "cli/screen/screen_command.h"
#include "cli/terminal/standard_output.h"

int main(int argc, char** argv) {
  using namespace visionshard;
  cli::limit_freed_memory();
  // The detector's many arrays of some 50 kB leave gaps in the arena of each thread: eight threads held 180 MB with
  // --memory 32MiB, and 79 MB with two arenas, in the same time.
  mallopt(M_ARENA_MAX, 2);
  cli::name_program("visionshard-screen");
  cli::keep_standard_streams();
  cli::silence_libraries();
  cli::install_signal_handlers();
  return cli::ScreenCommand().run(argc, argv);
}
