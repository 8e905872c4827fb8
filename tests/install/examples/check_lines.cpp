// Reads JSON Lines from standard input and prints what Azure would find wrong with each: check_lines < corpus.jsonl
//
// Ends with 1 where anything but warnings was found.
#include <visionshard/line.h>
#include <visionshard/profile.h>

#include <iostream>
#include <string>

int main() {
  const visionshard::Limits& limits = visionshard::find_profile("azure")->limits;
  bool accepted = true;
  std::string line;
  for (int number = 1; std::getline(std::cin, line); ++number)
    for (const visionshard::Finding& finding : visionshard::check_line(line, limits)) {
      std::cout << number << ": " << finding.code << " " << name(finding.effect);
      if (finding.repairable) std::cout << ", convert repairs it";
      if (!finding.pointer.empty()) std::cout << ", at " << finding.pointer;
      std::cout << ": " << finding.detail << "\n";
      accepted &= finding.effect == visionshard::Effect::warning;
    }
  return accepted ? 0 : 1;
}
