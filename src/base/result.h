// A value or a fault. There are two meanings: a fault of the data, which costs a line, and a fault of the run.
#pragma once

#include <visionshard/fault.h>
#include <visionshard/status.h>

#include <string>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>
#include <variant>

namespace visionshard {

/// What is wrong with one image, before anyone knows where in a line it stands.
struct ImageFault {
  FaultCode code;
  std::string detail;
};

/// Why a run cannot go on: something outside the lines, such as a disk or a file.
struct RunFault {
  std::string message;
  RunStatus status = RunStatus::failed;
};

template <class T>
using ImageResult = tl::expected<T, ImageFault>;

template <class T>
using RunResult = tl::expected<T, RunFault>;

/// Work on an image that reads files: a disk that fails is no fault of the image.
template <class T>
using LoadResult = tl::expected<T, std::variant<ImageFault, RunFault>>;

inline tl::unexpected<ImageFault> image_fault(FaultCode code, std::string detail) {
  return tl::unexpected(ImageFault{code, std::move(detail)});
}

inline tl::unexpected<RunFault> run_fault(std::string message, RunStatus status = RunStatus::failed) {
  return tl::unexpected(RunFault{std::move(message), status});
}

/// What was asked for cannot be done; nothing was changed.
inline tl::unexpected<RunFault> refusal(std::string message) {
  return run_fault(std::move(message), RunStatus::refused);
}

/// "PATH: cannot VERB: REASON", with the system's reason for the error number.
tl::unexpected<RunFault> system_fault(const std::string& path, const char* verb, int error_number);

/// The value out of a result that has one; nothing where its type is void.
template <class Result>
auto take_value(Result&& result) {
  if constexpr (!std::is_void_v<typename std::remove_cvref_t<Result>::value_type>) return *std::forward<Result>(result);
}

}  // namespace visionshard

/// The value of a result; where it holds a fault, the function around it returns that fault. To be used as a statement
/// or as a variable's whole initializer: GCC does not destroy temporaries beside it when it returns.
#define VISIONSHARD_TRY(...)                                                   \
  __extension__({                                                              \
    auto&& tried_result = (__VA_ARGS__);                                       \
    if (!tried_result) return tl::unexpected(std::move(tried_result).error()); \
    visionshard::take_value(std::move(tried_result));                          \
  })
