#pragma once

#include <visionshard/fault.h>

#include <string>
#include <tl/expected.hpp>
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
  bool interrupted = false;  // given up since the caller asked for it: no fault of the system
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

inline tl::unexpected<RunFault> run_fault(std::string message) { return tl::unexpected(RunFault{std::move(message)}); }

/// "PATH: cannot VERB: REASON", with the system's reason for the error number.
tl::unexpected<RunFault> system_fault(const std::string& path, const char* verb, int error_number);

}  // namespace visionshard
