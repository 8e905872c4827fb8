#include "cli/terminal/standard_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "cli/exit_status.h"

namespace visionshard::cli {
namespace {

int output_error = 0;
std::string_view program_name = "visionshard";

void remember_error() {
  if (output_error == 0) output_error = errno != 0 ? errno : EIO;
}

}  // namespace

void print(std::string_view text) {
  if (output_error == 0 && std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) remember_error();
}

void print_raw_message(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void name_program(std::string_view name) { program_name = name; }

void print_message(std::string_view text) { print_raw_message(fmt::format("{}: {}\n", program_name, text)); }

void keep_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF && ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
      return;
}

void silence_libraries() {
  if (std::FILE* const nowhere = std::fopen("/dev/null", "w")) stderr = nowhere;
}

int finished(int exit_status) {
  if (output_error == 0 && std::fflush(stdout) != 0) remember_error();
  if (output_error == 0) return exit_status;
  print_message(fmt::format("standard output: cannot write: {}", std::generic_category().message(output_error)));
  return exit_failed;
}

}  // namespace visionshard::cli
