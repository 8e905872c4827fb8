# Writes the C++ source OUTPUT with the texts of the files TEXTS (separated by "|").
string(REPLACE "|" ";" files "${TEXTS}")
set(rows "")
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" text)
  string(APPEND rows "    {\"${name}\", R\"text(${text})text\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Made by src/cli/help/embed.cmake.
#include \"cli/help/topics.h\"

namespace visionshard::cli {

std::span<const HelpText> help_texts() noexcept {
  static constexpr HelpText texts[] = {
${rows}  };
  return texts;
}

}  // namespace visionshard::cli
")
