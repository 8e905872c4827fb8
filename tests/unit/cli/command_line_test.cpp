#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>

#include "../../support/temporary_directory.h"
#include "cli/commands/check.h"
#include "cli/commands/convert.h"
#include "cli/commands/generate.h"
#include "cli/help/topics.h"

namespace visionshard::cli {
namespace {

class CommandLineTest : public testing::Test {
 protected:
  ParsedCommandLine parse(std::vector<std::string> arguments) {
    std::vector<const char*> argv = {"visionshard"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    command_line = std::make_unique<CommandLine>();
    return command_line->parse(static_cast<int>(argv.size()), argv.data(), [this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? nullptr : found->second.c_str();
    });
  }

  /// Of `visionshard convert in.jsonl -o out` and more options.
  ConvertRequest convert_request(std::vector<std::string> options) {
    options.insert(options.begin(), {"convert", "in.jsonl", "-o", "out"});
    const ParsedCommandLine parsed = parse(options);
    EXPECT_EQ(parsed.standard_error, "");
    const auto* command = dynamic_cast<const ConvertCommand*>(parsed.command);
    return command == nullptr ? ConvertRequest{} : command->request();
  }

  /// The message of arguments that are a usage error.
  std::string refusal(std::vector<std::string> arguments) {
    const ParsedCommandLine parsed = parse(arguments);
    EXPECT_EQ(parsed.command, nullptr);
    EXPECT_EQ(parsed.exit_status, 2);
    EXPECT_EQ(parsed.standard_output, "");
    return parsed.standard_error;
  }

  test::TemporaryDirectory directory;
  std::map<std::string, std::string> variables;
  std::unique_ptr<CommandLine> command_line;
};

TEST_F(CommandLineTest, DefaultsAreThoseOfTheLibrary) {
  const ConvertOptions defaults, given = convert_request({}).options;
  EXPECT_EQ(given.inputs, std::vector<std::string>{"in.jsonl"});
  EXPECT_EQ(given.output.directory, "out");
  EXPECT_EQ(given.output.prefix, defaults.output.prefix);
  EXPECT_EQ(given.output.sync, defaults.output.sync);
  EXPECT_EQ(given.profile, defaults.profile);
  EXPECT_EQ(given.line.max_line_bytes, defaults.line.max_line_bytes);
  EXPECT_EQ(given.image.max_pixels, defaults.image.max_pixels);
  EXPECT_EQ(given.image.min_quality, defaults.image.min_quality);
  EXPECT_EQ(given.image.verify, defaults.image.verify);
  EXPECT_EQ(given.stall_timeout_seconds, defaults.stall_timeout_seconds);
  EXPECT_EQ(given.shards, std::nullopt);
}

TEST_F(CommandLineTest, OptionsBecomeWhatTheyMean) {
  const ConvertRequest request =
      convert_request({"--profile", "azure", "--max-image-bytes", "5MB", "--verify=pixels", "--on-bad-image", "drop",
                       "--shards", "4", "--memory", "1GiB", "--no-sync", "-q", "--max-rejects", "5%"});
  EXPECT_EQ(request.options.profile, "azure");
  EXPECT_EQ(request.options.limits.max_images_per_example, 64u);
  EXPECT_EQ(request.options.limits.max_image_bytes, 5'000'000u);
  EXPECT_EQ(request.options.image.verify, Verify::pixels);
  EXPECT_EQ(request.options.line.on_bad_image, OnBad::drop);
  EXPECT_EQ(request.options.shards, 4u);
  EXPECT_EQ(request.options.memory_bytes, 1u << 30);
  EXPECT_FALSE(request.options.output.sync);
  EXPECT_EQ(request.progress, ProgressStyle::off) << "quiet";
  EXPECT_EQ(request.max_rejects.percent, 5.0);
}

TEST_F(CommandLineTest, TheCommandLineIsBeforeTheEnvironmentAndThatBeforeTheFile) {
  const std::string config =
      directory.write("c.toml", "prefix = \"file\"\nmin-quality = 70\nthreads = 3\nforce = true\n");
  variables = {{"VISIONSHARD_PREFIX", "environment"}, {"VISIONSHARD_MIN_QUALITY", "80"}};
  const ConvertOptions options = convert_request({"--prefix", "typed", "--config", config}).options;
  EXPECT_EQ(options.output.prefix, "typed");
  EXPECT_EQ(options.image.min_quality, 80);
  EXPECT_EQ(options.threads, 3u);
  EXPECT_TRUE(options.output.force);
}

TEST_F(CommandLineTest, TheEnvironmentCanNameTheFile) {
  variables = {{"VISIONSHARD_CONFIG", directory.write("c.toml", "threads = 3\n")}};
  EXPECT_EQ(convert_request({}).options.threads, 3u);
}

TEST_F(CommandLineTest, AFileCanHaveOptionsOfOtherCommands) {
  const std::string config = directory.write("c.toml", "mix = \"urls\"\nmodel = \"gpt-4.1-mini\"\n");
  convert_request({"--config", config});
  const auto* generate =
      dynamic_cast<const GenerateCommand*>(parse({"generate", "-o", "x", "--config", config}).command);
  ASSERT_NE(generate, nullptr);
  EXPECT_EQ(generate->options().mix, Mix::urls);
  const auto* check = dynamic_cast<const CheckCommand*>(parse({"check", "x", "--config", config}).command);
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->options().model, ModelFamily::patches_mini);
}

TEST_F(CommandLineTest, WrongValuesNameTheirPlace) {
  const std::string config = directory.write("c.toml", "\nthreads = 0\n");
  EXPECT_NE(refusal({"convert", "a", "-o", "b", "--config", config}).find(config + ":2: "), std::string::npos);
  EXPECT_NE(refusal({"convert", "a", "-o", "b", "--memory", "ten"}).find("--memory: 'ten'"), std::string::npos);
  variables = {{"VISIONSHARD_THREADS", "x"}};
  EXPECT_NE(refusal({"convert", "a", "-o", "b"}).find("VISIONSHARD_THREADS: "), std::string::npos);
}

TEST_F(CommandLineTest, OptionsThatExcludeEachOtherAreRefused) {
  EXPECT_NE(refusal({"generate", "-o", "b", "--examples", "1", "--bytes", "1"}).find("--bytes"), std::string::npos);
  EXPECT_NE(refusal({"convert", "-", "-", "-o", "b"}).find("only once"), std::string::npos);
  EXPECT_NE(refusal({"plan", "a", "-o", "b", "--json"}).find("--json"), std::string::npos);
}

TEST_F(CommandLineTest, RequiredOptionsAreNamed) {
  EXPECT_NE(refusal({"convert", "a"}).find("--output"), std::string::npos);
  EXPECT_NE(refusal({"convert", "-o", "b"}).find("INPUT"), std::string::npos);
  EXPECT_NE(refusal({"map", "--task", "0/1"}).find("WORK"), std::string::npos);
  EXPECT_NE(refusal({}).find("command"), std::string::npos);
}

TEST_F(CommandLineTest, MessagesSayWhereHelpIs) {
  EXPECT_EQ(refusal({"chekc"}),
            "visionshard: there is no command 'chekc'; did you mean 'check'?; see visionshard --help\n");
  EXPECT_NE(refusal({"convert", "a", "-o", "b", "--threds", "2"})
                .find("did you mean '--threads'?; see visionshard convert "
                      "--help\n"),
            std::string::npos);
}

TEST_F(CommandLineTest, EveryTopicHasASummaryAndAText) {
  EXPECT_EQ(topic_names(), (std::vector<std::string>{"layouts", "files", "reasons", "profiles", "shaping",
                                                     "configuration", "urls", "machines", "status"}));
  for (const HelpText& topic : help_texts()) {
    EXPECT_FALSE(topic_summary(topic.file).empty()) << topic.name;
    const std::string text = *topic_text(topic.name);
    EXPECT_GT(text.size(), 200u) << topic.name;
    EXPECT_FALSE(std::regex_search(text, std::regex("\\{[a-z_]*\\}")))
        << topic.name << ": a placeholder without a value";
    EXPECT_EQ(text.back(), '\n');
  }
  EXPECT_EQ(topic_text("nonsense"), std::nullopt);
}

}  // namespace
}  // namespace visionshard::cli
