#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/arguments/suggestion.h"
#include "cli/commands/commands.h"
#include "cli/exit_status.h"
#include "cli/help/command_help.h"
#include "cli/help/topics.h"
#include "cli/terminal/printable.h"
#include "cli/terminal/standard_output.h"

namespace visionshard::cli {
namespace {

class HelpCommand final : public Command {
 public:
  explicit HelpCommand(const CLI::App& program) : program_(program) {}

  void define(CLI::App& app) override {
    app.add_option("TOPIC", topic_, "a command or a topic")
        ->type_name(fmt::format("{}", fmt::join(topic_names(), "|")));
  }

  std::string resolve() override {
    if (topic_.empty()) {
      text_ = help_of(program_) + "\n" + topic_list();
      return {};
    }
    if (const auto text = topic_text(topic_)) {
      text_ = *text;
      return {};
    }
    for (const CLI::App* const command : program_.get_subcommands([](const CLI::App*) { return true; }))
      if (command->get_name() == topic_) {
        text_ = help_of(*command);
        return {};
      }
    std::vector<std::string> words = topic_names();
    for (const std::string& name : command_names(program_)) words.push_back(name);
    return fmt::format("there is no topic '{}'{}", excerpt(topic_), suggestion(topic_, words));
  }

  int run() const override {
    print(text_);
    return finished(exit_done);
  }

 private:
  const CLI::App& program_;
  std::string topic_;
  std::string text_;
};

}  // namespace

std::unique_ptr<Command> make_help_command(const CLI::App& program) { return std::make_unique<HelpCommand>(program); }

}  // namespace visionshard::cli
