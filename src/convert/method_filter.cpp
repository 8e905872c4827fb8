#include "convert/method_filter.h"

#include <fmt/format.h>

#include "line/line_cutter.h"

namespace visionshard::conversion {

void MethodFilter::narrow(line::LineRecord& record) {
  const bool fits = (methods_ & record.methods) != 0;
  methods_ = example::narrowed(methods_, record.methods);
  if (fits || record.state != line::LineState::written) return;
  // What is meant for training may only lack its answer, and then takes all other lines with it.
  const bool may_lack_answer = methods_ == example::method::reinforcement;
  line::reject(record, {FaultCode::bad_messages, "",
                        fmt::format("a {} example, but the first line is a {} example, and a file has one method{}",
                                    example::method_name(record.methods), example::method_name(methods_),
                                    may_lack_answer ? "; if the first line only lacks its answer, remove it" : "")});
}

}  // namespace visionshard::conversion
