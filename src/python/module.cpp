// The native half of the package visionshard; __init__.py is the half that users read.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <unistd.h>
#include <visionshard/check.h>
#include <visionshard/convert.h>
#include <visionshard/image.h>
#include <visionshard/line.h>
#include <visionshard/version.h>

#include <cerrno>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

#include "python/docstrings.h"
#include "python/interruptible.h"
#include "python/released_gil.h"
#include "python/settings.h"
#include "python/shard_lines.h"

namespace visionshard::python {
namespace {

namespace py = pybind11;

/// A view of an object's bytes that keeps them in place. Is made and destroyed with the GIL.
class Buffer {
 public:
  explicit Buffer(const py::object& object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_SIMPLE) != 0) throw py::error_already_set();
  }
  ~Buffer() { PyBuffer_Release(&view_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  std::span<const std::byte> bytes() const noexcept {
    return {static_cast<const std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)};
  }
  std::string_view text() const noexcept { return {static_cast<const char*>(view_.buf), bytes().size()}; }

 private:
  Py_buffer view_{};
};

// A message can name a file whose name is not UTF-8.
py::object text_of(std::string_view text) {
  PyObject* const decoded = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape");
  if (decoded == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(decoded);
}

[[noreturn]] void raise(const char* exception, const py::tuple& arguments) {
  const py::object type = py::module_::import("visionshard").attr(exception);
  PyErr_SetObject(type.ptr(), type(*arguments).ptr());
  throw py::error_already_set();
}

[[noreturn]] void raise_fault(const Fault& fault) {
  const std::string_view code = name(fault.code);
  raise("Fault", py::make_tuple(py::str(code.data(), code.size()), text_of(fault.detail)));
}

py::bytes bytes_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

py::object fit_image_object(const py::object& data, const std::string& profile, const py::kwargs& keywords) {
  const Settings settings = read_settings(Function::fit_image, profile, keywords);
  const Buffer buffer(data);
  auto fitted = [&] {
    const ReleasedGil release;
    return fit_unless_acceptable(buffer.bytes(), settings.convert.limits, settings.convert.image, settings.detail);
  }();
  if (const auto* const fault = std::get_if<Fault>(&fitted)) raise_fault(*fault);
  if (const auto* const image = std::get_if<FittedImage>(&fitted)) return bytes_of(image->bytes);
  return data;
}

py::list check_text(std::string_view text, const Settings& settings) {
  const auto findings = [&] {
    const ReleasedGil release;
    return check_line(text, settings.convert.limits, settings.convert.image, settings.model);
  }();
  const py::object type = py::module_::import("visionshard").attr("Finding");
  py::list list;
  for (const Finding& finding : findings)
    list.append(type(py::str(finding.code.data(), finding.code.size()), std::string(name(finding.effect)),
                     finding.repairable, finding.line, text_of(finding.pointer), text_of(finding.detail)));
  return list;
}

py::list check_line_object(const py::object& text, const std::string& profile, const py::kwargs& keywords) {
  const Settings settings = read_settings(Function::check_line, profile, keywords);
  if (!PyUnicode_Check(text.ptr())) return check_text(Buffer(text).text(), settings);
  Py_ssize_t length = 0;
  const char* const utf8 = PyUnicode_AsUTF8AndSize(text.ptr(), &length);
  if (utf8 == nullptr) throw py::error_already_set();
  return check_text({utf8, static_cast<std::size_t>(length)}, settings);
}

// oneTBB's threads do not exist in a forked child, and it would wait for them for ever.
void refuse_threads_after_fork(unsigned threads) {
  static pid_t pool_owner = 0;
  if (threads == 1) return;
  if (pool_owner == 0) pool_owner = ::getpid();
  if (pool_owner != ::getpid())
    throw std::runtime_error(
        "this process was forked after its parent had run convert or check with threads: pass threads=1, or start "
        "workers by multiprocessing's 'spawn'");
}

void raise_unless_done(RunStatus status, const std::string& message) {
  if (status != RunStatus::done)
    raise("RunError", py::make_tuple(status == RunStatus::refused ? "refused" : "failed", text_of(message)));
}

std::string check_to_json(std::vector<std::string> paths, const std::string& profile, const py::object& progress,
                          const py::kwargs& keywords) {
  const CheckOptions options = check_options(read_settings(Function::check, profile, keywords), std::move(paths));
  refuse_threads_after_fork(options.threads);
  const auto work = [options](const std::atomic<bool>& stop, const Progress& on_progress, const OnStall&) {
    return check(options, stop, on_progress);
  };
  const auto outcome = run_interruptibly<CheckOutcome>(work, progress);
  raise_unless_done(outcome.status, outcome.message);
  return check_json(options, outcome.report);
}

std::string convert_to_json(std::vector<std::string> inputs, std::string output, const std::string& profile,
                            const py::object& progress, const py::kwargs& keywords) {
  ConvertOptions options = read_settings(Function::convert, profile, keywords).convert;
  options.inputs = std::move(inputs);
  options.output.directory = std::move(output);
  refuse_threads_after_fork(options.threads);
  const auto work = [options](const std::atomic<bool>& stop, const Progress& on_progress, const OnStall& on_stall) {
    return convert(options, stop, on_progress, on_stall);
  };
  const auto outcome = run_interruptibly<RunOutcome>(work, progress);
  raise_unless_done(outcome.status, outcome.message);
  return summary_json(options, outcome.report);
}

// Owns an image's bytes for memoryviews.
struct ImageBytes {
  std::vector<std::byte> bytes;
};

// Calls `function` without the GIL; an error of the system is raised as OSError with the path.
template <class Function>
auto read_without_gil(const std::string& path, Function function) {
  try {
    const ReleasedGil release;
    return function();
  } catch (const std::system_error& error) {
    errno = error.code().value();
    PyErr_SetFromErrnoWithFilename(PyExc_OSError, path.c_str());
    throw py::error_already_set();
  }
}

class ShardIterator {
 public:
  ShardIterator(const std::string& path, std::uint32_t part, std::uint32_t of)
      : lines_(read_without_gil(path, [&] { return std::make_unique<ShardLines>(path, part, of); })) {}

  py::tuple next() {
    if (busy_) throw std::runtime_error("another thread is reading from this iterator");
    busy_ = true;
    const struct Reset {
      bool& busy;
      ~Reset() { busy = false; }
    } reset{busy_};
    auto read = read_without_gil(lines_->path(), [&] { return lines_->next(); });
    if (!read) throw py::stop_iteration();
    if (const auto* const fault = std::get_if<Fault>(&*read)) raise_fault(*fault);
    auto& [line, images] = std::get<LineWithImages>(*read);
    py::list views;
    for (auto& bytes : images) views.append(py::memoryview(py::cast(ImageBytes{std::move(bytes)})));
    return py::make_tuple(py::bytes(line.data(), line.size()), views);
  }

 private:
  std::unique_ptr<ShardLines> lines_;
  bool busy_ = false;  // read and written with the GIL
};

}  // namespace

PYBIND11_MODULE(_native, module) {
  py::options options;
  options.disable_function_signatures();
  module.attr("version") = version;
  module.def("fit_image", &fit_image_object, fit_image_doc, py::arg("data"), py::arg("profile") = "openai");
  module.def("check_line", &check_line_object, check_line_doc, py::arg("text"), py::arg("profile") = "openai");
  module.def("check", &check_to_json);
  module.def("convert", &convert_to_json);
  py::class_<ImageBytes>(module, "ImageBytes", py::buffer_protocol()).def_buffer([](ImageBytes& image) {
    return py::buffer_info(reinterpret_cast<unsigned char*>(image.bytes.data()),
                           static_cast<py::ssize_t>(image.bytes.size()), true);
  });
  py::module_::import("atexit").attr("register")(py::cpp_function([] { live_runs().end(); }));
  py::class_<ShardIterator>(module, "ShardIterator")
      .def(py::init([](const std::string& path, std::uint32_t part, std::uint32_t of) {
        if (part >= of)
          throw py::value_error("part must be from 0 to of - 1, not " + std::to_string(part) + " of " +
                                std::to_string(of));
        return std::make_unique<ShardIterator>(path, part, of);
      }))
      .def("__iter__", [](const py::object& self) { return self; })
      .def("__next__", &ShardIterator::next);
}

}  // namespace visionshard::python
