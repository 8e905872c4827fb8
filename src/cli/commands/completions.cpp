#include "cli/help/completions.h"

#include <CLI/CLI.hpp>

#include "cli/commands/commands.h"
#include "cli/exit_status.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

class CompletionsCommand final : public Command {
 public:
  explicit CompletionsCommand(const CLI::App& program) : program_(program) {}

  void define(CLI::App& app) override {
    app.add_option("SHELL", shell_, "the shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }

  int run() const override {
    const ProgramSpec program = describe_program(program_);
    print(shell_ == "bash"  ? bash_completions(program)
          : shell_ == "zsh" ? zsh_completions(program)
                            : fish_completions(program));
    return finished(exit_done);
  }

 private:
  const CLI::App& program_;
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> make_completions_command(const CLI::App& program) {
  return std::make_unique<CompletionsCommand>(program);
}

}  // namespace visionshard::cli
