#include "cli/arguments/toml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace visionshard::cli {

std::string read_toml(const std::string& path, toml::table& table) {
  constexpr std::size_t max_bytes = 1 << 20;
  constexpr std::ptrdiff_t max_dots = 200;  // each opens a table, and the parser closes them by recursion
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(max_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file && !file.eof()))
    return fmt::format("{}: cannot be read: {}", path, std::generic_category().message(errno != 0 ? errno : EIO));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > max_bytes)
    return fmt::format("{}: is larger than {} bytes, the limit for such a file", path, max_bytes);
  std::size_t line = 1;
  for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1, ++line) {
    end = std::min(text.find('\n', at), text.size());
    if (std::count(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end),
                   '.') > max_dots)
      return fmt::format("{}:{}: has a key with more than {} parts", path, line, max_dots);
  }
  try {
    table = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    const auto where = error.source().begin.line;
    return where == 0 ? fmt::format("{}: {}", path, error.description())
                      : fmt::format("{}:{}: {}", path, where, error.description());
  }
  return {};
}

}  // namespace visionshard::cli
