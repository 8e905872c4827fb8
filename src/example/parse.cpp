#include "example/parse.h"

#include <fmt/format.h>

#include "example/example_walker.h"
#include "example/json_fault.h"

namespace visionshard::example {
namespace {

Fault fault_in(std::string_view line) {
  if (!is_utf8(line)) {
    const std::size_t at = find_utf8_fault(line);
    return {FaultCode::invalid_utf8,
            {},
            fmt::format("the line holds bytes that are not UTF-8; the first is 0x{:02X}, at byte {} of {}",
                        static_cast<unsigned char>(line[at]), at, line.size())};
  }
  const auto found = find_json_fault(line, max_depth);
  if (!found) return {FaultCode::invalid_json, {}, "the line is not valid JSON"};
  return {
      FaultCode::invalid_json, {}, fmt::format("the line {}, at byte {} of {}", found->what, found->at, line.size())};
}

}  // namespace

tl::expected<void, Fault> LineParser::parse(std::string_view line, ExampleSpans& spans, std::span<const Range> base64) {
  spans.clear();
  found_ = tokens_.find(line, base64);
  if (found_.first == nullptr) return tl::unexpected(fault_in(line));
  ExampleWalker walker(line, found_, spans);
  if (!walker.walk_root()) return tl::unexpected(fault_in(line));
  tokens_.skip_to(walker.next());
  if (walker.root_shape() != Shape::object)
    return tl::unexpected(Fault{FaultCode::not_an_object,
                                {},
                                fmt::format("the line is valid JSON, but {} and not an object with \"messages\"",
                                            shape_name(walker.root_shape()))});
  return {};
}

void read_spans(std::string_view line, const Tokens& tokens, ExampleSpans& spans) {
  spans.clear();
  ExampleWalker(line, tokens, spans).walk_root();
}

}  // namespace visionshard::example
