#include "cli/standard_output.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "cli/exit_status.h"

namespace visionshard::cli {
namespace {

int output_error = 0;

void remember() {
  if (output_error == 0) output_error = errno != 0 ? errno : EIO;
}

}  // namespace

void print(std::string_view text) {
  if (output_error == 0 && std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) remember();
}

int finished(int exit_status) {
  if (output_error == 0 && std::fflush(stdout) != 0) remember();
  if (output_error == 0) return exit_status;
  std::fputs(
      fmt::format("visionshard: standard output: cannot write: {}\n", std::generic_category().message(output_error))
          .c_str(),
      stderr);
  return exit_failed;
}

}  // namespace visionshard::cli
