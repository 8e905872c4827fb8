#include "cli/screen/screen_command.h"

#include <fmt/format.h>
#include <unistd.h>
#include <visionshard/version.h>

#include <array>
#include <charconv>
#include <filesystem>

#include "base/atomic_file.h"
#include "cli/arguments/command_spec.h"
#include "cli/arguments/validators.h"
#include "cli/commands/run_end.h"
#include "cli/exit_status.h"
#include "cli/freed_memory.h"
#include "cli/help/command_help.h"
#include "cli/help/completions.h"
#include "cli/help/manual_page.h"
#include "cli/interrupt.h"
#include "cli/screen/screen_progress.h"
#include "cli/screen/screen_summary.h"
#include "cli/terminal/printable.h"
#include "cli/terminal/standard_output.h"
#include "screen/face_list.h"
#include "screen/face_page.h"

namespace visionshard::cli {
namespace {

constexpr std::string_view program = "visionshard-screen";
constexpr std::uint32_t largest_side_limit = 8192;
constexpr std::size_t piece_bytes = 1 << 20;

int usage_error(std::string_view message) {
  print_message(fmt::format("{}; see {} --help", printable(message), program));
  return exit_usage;
}

// What keeps a file from being written to `path`, before anything is done; empty where nothing does.
std::string check_output(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return fmt::format("{}: is not a regular file", path);
  return {};
}

// An output that is made beside its final name, or standard output.
class OutputFile {
 public:
  RunResult<void> open(const std::string& path) {
    if (path.empty() || path == "-") return {};
    file_ = VISIONSHARD_TRY(AtomicFile::create(path + ".partial", path, Durability::synced, Temporary::removed));
    return {};
  }
  RunResult<void> append(std::string_view text) {
    if (file_) return file_.append(text);
    print(text);
    return {};
  }
  RunResult<void> publish() { return file_ ? file_.publish(Existing::replaced) : RunResult<void>(); }
  const std::string& temporary_path() const noexcept { return file_.temporary_path(); }

 private:
  AtomicFile file_;
};

RunResult<void> write_list(OutputFile& file, const screen::ScreenReport& report) {
  std::string text;
  for (const screen::ImageWithFaces& image : report.images) {
    text += screen::list_entry(image, report.sources);
    if (text.size() < piece_bytes) continue;
    VISIONSHARD_TRY(file.append(text));
    text.clear();
  }
  return file.append(text);
}

RunResult<void> write_outputs(OutputFile& list, OutputFile& page, bool has_page, const screen::ScreenOptions& options,
                              const screen::ScreenReport& report) {
  VISIONSHARD_TRY(write_list(list, report));
  if (has_page) VISIONSHARD_TRY(page.append(screen::face_page(options, report)));
  VISIONSHARD_TRY(list.publish());
  return page.publish();
}

// CLI::Range lets "nan" pass, than which no score is higher.
const CLI::Validator is_score(
    [](const std::string& text) {
      double score = 0;
      const char* const end = text.data() + text.size();
      const auto [read_to, error] = std::from_chars(text.data(), end, score);
      const bool is_one = error == std::errc() && read_to == end && score >= -1 && score <= 10;
      return is_one ? std::string() : fmt::format("'{}' is not a score from -1 to 10", excerpt(text));
    },
    "SCORE");

}  // namespace

ScreenCommand::ScreenCommand()
    : app_("Lists the images of a corpus in which faces are seen, for a person to look at.", std::string(program)) {
  app_.set_version_flag("--version", build_description);
  app_.add_option("INPUT", options_.inputs, "JSON Lines files, directories of them, or - for standard input");
  app_.add_option("-o,--output", output_,
                  "the list to write, for visionshard convert --exclude, or - for standard output (required)")
      ->type_name("FILE");
  app_.add_option("--page", page_, "also write an HTML page that shows the first 500 pictures with faces")
      ->type_name("FILE");
  define_input_layout(app_, limits_);
  const char* images = "Images";
  app_.add_option("--image-root", image_root_, "look at images that are local files below DIR")
      ->type_name("DIR")
      ->group(images);
  app_.add_option("--store", store_, "look at images by URL that this store of visionshard fetch has")
      ->type_name("DIR")
      ->group(images);
  app_.add_option("--max-pixels", limits_.max_pixels,
                  "leave out an image with more pixels than this (default 178956970)")
      ->check(is_count)
      ->option_text("N")
      ->group(images);
  const char* detection = "The detector";
  app_.add_option("--largest-side", options_.detection.largest_side,
                  "bring the longer side of each picture to so many pixels, enlarging it at most twice; faces "
                  "are seen from 80 pixels on there")
      ->check(CLI::Range(screen::smallest_face_seen, largest_side_limit).description("PIXELS"))
      ->capture_default_str()
      ->option_text("PIXELS")
      ->group(detection);
  app_.add_option("--min-score", options_.detection.min_score,
                  "list faces with at least this score; below 0 more faces and more false alarms")
      ->check(is_score)
      ->capture_default_str()
      ->option_text("SCORE")
      ->group(detection);
  const char* run = "The run";
  define_resources(app_, limits_, run);
  app_.add_flag("--json", json_, "print the summary as one JSON object")->group(run);
  define_display(app_, display_, run);
  // For those who make packages: --help does not list them.
  app_.add_flag("--manual", manual_, "print the man page in roff")->group("");
  app_.add_option("--completions", completions_, "print completions for a shell")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->group("");
  app_.footer(
      "Writes an entry for each image in which faces are seen: its SHA-256, the faces with their scores, its places.\n"
      "This is advice, with misses and false alarms. The detector sees upright faces that look at the camera, and\n"
      "misses those in profile, turned, covered or small; it can take a drawing or a pattern for one. It says nothing\n"
      "about who a person is, or how old.\n"
      "Providers look for other things: they also skip images of people whose face cannot be seen, of children, and\n"
      "CAPTCHAs, and none of these is looked for. Images by URL are looked at only with --store.\n"
      "Exit status: 0 done, with or without faces; 2 usage error; 3 input or output failed; 4 the store is not "
      "sealed;\n"
      "130, 143 interrupted.\n"
      "Example: visionshard-screen raw.jsonl -o faces.jsonl --page faces.html\n"
      "         visionshard convert raw.jsonl -o upload --exclude faces.jsonl");
}

int ScreenCommand::run(int argc, const char* const* argv) {
  if (argc < 2) return usage_error("no INPUT is given");
  try {
    app_.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    print(help_of(app_));
    return finished(exit_done);
  } catch (const CLI::CallForVersion& version) {
    print(version.what());
    return finished(exit_done);
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  if (manual_ || !completions_.empty()) {
    print(text_for_packages());
    return finished(exit_done);
  }
  std::string error = settings_.apply(app_, std::getenv);
  if (error.empty()) error = resolve();
  return error.empty() ? screen_inputs() : usage_error(error);
}

std::string ScreenCommand::text_for_packages() const {
  const CommandSpec itself = describe_program(app_).itself;
  if (manual_) return manual_page_of_command(itself);
  if (completions_ == "bash") return bash_completions_of_command(itself);
  return completions_ == "zsh" ? zsh_completions_of_command(itself) : fish_completions_of_command(itself);
}

std::string ScreenCommand::resolve() {
  ChosenProfile any;
  if (std::string error = cli::resolve(limits_, any, options_.line, options_.image); !error.empty()) return error;
  options_.line.image_root = image_root_;
  options_.line.store = store_;
  options_.threads = limits_.threads;
  set_size(options_.memory_bytes, limits_.memory);
  options_.detection.thumbnails = !page_.empty();
  if (output_.empty()) return "-o, --output is required: the list to write, or - for standard output";
  if (page_ == "-") return "--page needs the name of a file";
  if (page_ == output_) return "-o and --page name the same file";
  for (const std::string* const path : {&output_, &page_}) {
    if (path->empty() || *path == "-") continue;
    if (std::string error = check_output(*path); !error.empty()) return error;
    options_.outputs.push_back(*path);
  }
  return check_inputs(options_.inputs);
}

int ScreenCommand::screen_inputs() const {
  limit_freed_memory(options_.threads, options_.memory_bytes);
  OutputFile list, page;
  for (const auto& [file, path] : {std::pair(&list, &output_), std::pair(&page, &page_)})
    if (const auto opened = file->open(*path); !opened)
      return *report_failure(RunStatus::failed, opened.error().message);
  const std::array temporary_paths = {list.temporary_path(), page.temporary_path()};
  const StopDeadline deadline("interrupted during an image or a read; nothing was written", [&](int) {
    for (const std::string& path : temporary_paths)
      if (!path.empty()) ::unlink(path.c_str());
  });
  ScreenProgressPrinter progress(display_.style());
  screen::ScreenOutcome outcome =
      screen::screen(options_, stop, [&](const screen::ScreenProgress& so_far) { progress.update(so_far); });
  progress.clear();
  if (const auto status = report_failure(outcome.status, outcome.message)) return *status;
  if (const auto written = write_outputs(list, page, !page_.empty(), options_, outcome.report); !written)
    return *report_failure(RunStatus::failed, written.error().message);
  if (!json_ && display_.quiet) return finished(exit_done);
  const std::string summary = json_ ? screen_json(outcome.report) : screen_text(outcome.report);
  // The list itself can be on standard output.
  if (output_ == "-")
    print_raw_message(summary);
  else
    print(summary);
  return finished(exit_done);
}

}  // namespace visionshard::cli
