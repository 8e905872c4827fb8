#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>

#include "base/xxh128.h"
#include "exclusion/each_line.h"
#include "exclusion/exclusions.h"
#include "input/source_list.h"

namespace visionshard::exclusion {
class ListReader {
 public:
  ListReader(const std::vector<std::string>& sources, std::uint64_t max_line_bytes, std::uint64_t max_bytes,
             const KeepRunning& keep_running)
      : sources_(sources), max_line_bytes_(max_line_bytes), max_bytes_(max_bytes), keep_running_(keep_running) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      names_.emplace(sources[i], i);
      if (sources[i] == "-") continue;
      std::error_code ignored;
      names_.emplace(std::filesystem::absolute(sources[i], ignored).lexically_normal().native(), i);
    }
  }

  RunResult<void> add(ExclusionList& list) {
    constexpr std::uint64_t max_entry_bytes = 1 << 20;
    Xxh128 digest;
    auto read =
        each_line(list.path, max_entry_bytes, keep_running_,
                  [&](std::optional<std::string_view> line, std::uint64_t number, std::uint64_t) -> RunResult<bool> {
                    digest.update(as_bytes(line.value_or("")));
                    digest.update(as_bytes("\n"));
                    auto entry = line ? read_entry(*line) : run_fault("the entry is longer than 1 MiB");
                    if (!entry) return refusal(fmt::format("{}:{}: {}", list.path, number, entry.error().message));
                    if (*entry) add(std::move(**entry));
                    if (bytes_ <= max_bytes_) return true;
                    return refusal(
                        fmt::format("{}:{}: the entries take more than {} bytes, a quarter of --memory; give "
                                    "more memory",
                                    list.path, number, max_bytes_));
                  });
    list.xxh128 = hexadecimal(digest.finish());
    return read;
  }

  RunResult<Exclusions> finish() {
    for (auto& [file, lines] : lines_) VISIONSHARD_TRY(find_places(file, lines));
    for (Exclusions::Keys* const keys : exclusions_.all()) {
      std::ranges::sort(*keys);
      keys->erase(std::unique(keys->begin(), keys->end()), keys->end());
      keys->shrink_to_fit();
    }
    return std::move(exclusions_);
  }

 private:
  using Kind = Entry::Kind;

  void add(Entry&& entry) {
    bytes_ += sizeof(Key);
    switch (entry.kind) {
      case Kind::image: exclusions_.images_.push_back(entry.key); break;
      case Kind::example: exclusions_.examples_.push_back(entry.key); break;
      case Kind::url: exclusions_.urls_.push_back(entry.key); break;
      case Kind::host: exclusions_.hosts_.push_back(entry.key); break;
      case Kind::digest:
        exclusions_.images_.push_back(entry.key);
        exclusions_.examples_.push_back(entry.key);
        bytes_ += sizeof(Key);
        break;
      case Kind::place: add_place(entry); break;
    }
  }

  void add_place(const Entry& entry) {
    auto found = names_.find(entry.file);
    std::error_code ignored;
    if (found == names_.end())
      found = names_.find(std::filesystem::absolute(entry.file, ignored).lexically_normal().native());
    if (found == names_.end())
      ++exclusions_.foreign_places_;
    else
      lines_[found->second].push_back(entry.line);
  }

  // Lines that the file does not have are no fault: the list may be for more than one version of it.
  RunResult<void> find_places(std::size_t file, std::vector<std::uint64_t>& lines) {
    if (auto repeatable = input::check_repeatable({sources_[file]}); !repeatable)
      return refusal("FILE:LINE in a list of --exclude means to read the file twice, but " +
                     repeatable.error().message);
    std::ranges::sort(lines);
    auto next = lines.begin();
    return each_line(
        sources_[file], max_line_bytes_, keep_running_,
        [&](std::optional<std::string_view>, std::uint64_t number, std::uint64_t offset) -> RunResult<bool> {
          if (*next == number) exclusions_.places_.push_back({file, offset});
          while (next != lines.end() && *next <= number) ++next;
          return next != lines.end();
        });
  }

  const std::vector<std::string>& sources_;
  std::uint64_t max_line_bytes_, max_bytes_;
  const KeepRunning& keep_running_;
  std::map<std::string, std::size_t> names_;
  std::map<std::size_t, std::vector<std::uint64_t>> lines_;
  std::uint64_t bytes_ = 0;
  Exclusions exclusions_;
};

RunResult<std::shared_ptr<const Exclusions>> read_lists(std::vector<ExclusionList>& lists,
                                                        const std::vector<std::string>& sources,
                                                        std::uint64_t max_line_bytes, std::uint64_t max_bytes,
                                                        const KeepRunning& keep_running) {
  if (lists.empty()) return nullptr;
  ListReader reader(sources, max_line_bytes, max_bytes, keep_running);
  for (ExclusionList& list : lists) VISIONSHARD_TRY(reader.add(list));
  auto exclusions = VISIONSHARD_TRY(reader.finish());
  return std::make_shared<const Exclusions>(std::move(exclusions));
}

}  // namespace visionshard::exclusion
