#include "cli/commands/commands.h"
#include "cli/exit_status.h"
#include "cli/help/topics.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

class ProfilesCommand final : public Command {
 public:
  void define(CLI::App&) override {}

  int run() const override {
    print(*topic_text("profiles"));
    return finished(exit_done);
  }
};

}  // namespace

std::unique_ptr<Command> make_profiles_command() { return std::make_unique<ProfilesCommand>(); }

}  // namespace visionshard::cli
