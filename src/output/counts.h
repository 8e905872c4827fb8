// The fields of what is counted, each list once: for the manifest, the summary and the journal.
#pragma once

#include <visionshard/report.h>

#include <vector>

namespace visionshard::output {

/// visit(key, value) for each count, in the manifest's order. `Counted` is Counts or const Counts.
template <class Counted, class Visit>
void each_count(Counted& c, Visit visit) {
  visit("lines", c.lines);
  visit("blank", c.blank);
  visit("written", c.written);
  visit("rejected", c.rejected);
  visit("duplicates", c.duplicates);
  visit("excluded", c.excluded);
  visit("images", c.images);
  visit("images_kept", c.images_kept);
  visit("images_relabelled", c.images_relabelled);
  visit("images_converted", c.images_converted);
  visit("images_shrunk", c.images_shrunk);
  visit("images_dropped", c.images_dropped);
}

/// Adds each of them.
inline void add_counts(Counts& sum, const Counts& more) {
  std::vector<std::uint64_t> numbers;
  each_count(more, [&](const char*, std::uint64_t number) { numbers.push_back(number); });
  std::size_t i = 0;
  each_count(sum, [&](const char*, std::uint64_t& number) { number += numbers[i++]; });
}

}  // namespace visionshard::output
