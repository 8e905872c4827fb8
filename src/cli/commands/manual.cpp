#include "cli/commands/commands.h"
#include "cli/exit_status.h"
#include "cli/help/manual_page.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

class ManualCommand final : public Command {
 public:
  explicit ManualCommand(const CLI::App& program) : program_(program) {}
  void define(CLI::App&) override {}

  int run() const override {
    print(manual_page(describe_program(program_)));
    return finished(exit_done);
  }

 private:
  const CLI::App& program_;
};

}  // namespace

std::unique_ptr<Command> make_manual_command(const CLI::App& program) {
  return std::make_unique<ManualCommand>(program);
}

}  // namespace visionshard::cli
