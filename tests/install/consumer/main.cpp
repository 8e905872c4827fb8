#include <visionshard/convert.h>

#include <cstdio>

// Converts argv[1] into the directory argv[2]; there must be one line, and it must be written.
int main(int, char** argv) {
  visionshard::ConvertOptions options;
  options.inputs = {argv[1]};
  options.output.directory = argv[2];
  const std::atomic<bool> stop{false};
  const visionshard::RunOutcome outcome = visionshard::convert(options, stop);
  std::printf("%s%llu written\n", outcome.message.c_str(),
              static_cast<unsigned long long>(outcome.report.counts.written));
  return outcome.status == visionshard::RunStatus::done && outcome.report.counts.written == 1 ? 0 : 1;
}
