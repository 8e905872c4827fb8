// Where the library's interface begins: it never throws.
#pragma once

#include <fmt/format.h>
#include <visionshard/status.h>

#include <exception>
#include <new>
#include <string>

namespace visionshard {

/// Returns the outcome that `work(outcome)` fills; if it throws, an outcome that failed, with the reason.
/// `out_of_memory` is the message for std::bad_alloc.
template <class Outcome, class Work>
Outcome catch_to_result(Work work, const char* out_of_memory = "out of memory; lower --memory or --threads") {
  const auto failed = [](std::string message) {
    Outcome outcome;
    outcome.status = RunStatus::failed;
    outcome.message = std::move(message);
    return outcome;
  };
  try {
    Outcome outcome;
    work(outcome);
    return outcome;
  } catch (const std::bad_alloc&) {
    return failed(out_of_memory);
  } catch (const std::exception& e) {
    return failed(fmt::format("internal error: {}; please report this defect", e.what()));
  }
}

}  // namespace visionshard
