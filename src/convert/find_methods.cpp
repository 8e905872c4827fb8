#include "convert/find_methods.h"

#include <bit>

#include "convert/convert_processor.h"
#include "example/method.h"
#include "line/line_cutter.h"
#include "line/stages.h"

namespace visionshard::conversion {

RunResult<std::uint8_t> find_methods(const ConvertOptions& options, const std::vector<std::string>& sources,
                                     std::shared_ptr<const exclusion::Exclusions> exclusions,
                                     const std::atomic<bool>& stop) {
  std::uint8_t methods = example::method::any;
  if (!options.limits.example_rules) return methods;
  // A first line is small or large; a block of the usual size would have its images examined for nothing.
  constexpr std::size_t block_bytes = 64 << 10;
  input::BlockReader reader(sources, block_bytes, options.line.max_line_bytes);
  line::LineContext context;
  context.limits = options.limits;
  context.line = options.line;
  context.exclusions = std::move(exclusions);
  line::Scratch scratch;
  line::LineBatch batch;
  while (!stop && std::popcount(methods) > 1) {
    batch.clear();
    const auto next = VISIONSHARD_TRY(reader.next(batch.text, SIZE_MAX));
    if (next == input::Next::end) break;
    VISIONSHARD_TRY(line::find_line_methods(batch, context, scratch));
    for (const line::LineRecord& record : batch.records) methods = example::narrowed(methods, record.methods);
  }
  return methods;
}

}  // namespace visionshard::conversion
